//! The multi-point inspection: is it complete, which finding matters most (40/30/30), and why.
