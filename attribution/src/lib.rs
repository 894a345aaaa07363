//! Which trigger earned this repair order line? Credits that conserve dollars, each with a receipt that can be recomputed offline.
