#!/usr/bin/env python3
"""Generates ../rules/area_codes.toml and ../rules/zip_codes.txt.

    python3 -m venv v && v/bin/pip install phonenumbers==9.0.43 zipcodes==3.0.0 timezonefinder==9.0.0
    v/bin/python tables.py          writes both files
    v/bin/python tables.py --check  exits 1 where a file differs from what would be written

Sources
  phonenumbers 9.0.43 (Apache-2.0)   libphonenumber's zones and places of area codes
  zipcodes 3.0.0 (MIT)               ZIP codes: state, county, zone, co-ordinates, area codes in use
  timezonefinder 9.0.0 (MIT)         the zone of a co-ordinate: a second opinion on each ZIP code
  npa_zones.csv (this folder)        the union of zones of each code, as it was handed to us

Rules
  * Zones whose clocks agree since 2007 (the present daylight-saving dates) are written as one.
  * Codes of other countries of the North American Numbering Plan are listed apart.
  * An overlay has the zones of the code it overlays: libphonenumber gives it one zone only. A code overlays another
    where at least nine in ten ZIP codes that use it use the other too.
  * A ZIP code has every zone that either source gives for its centre, and every zone of its state that is found 10 km
    around the centre: a ZIP code is an area, not a point.
  * Ranges of ZIP codes join neighbours in use that agree, inside one three-digit prefix.
"""
import collections, csv, datetime, math, pathlib, re, sys, tomllib, zoneinfo

import phonenumbers, zipcodes
from phonenumbers import geocoder
from phonenumbers.tzdata import TIMEZONE_DATA
from timezonefinder import TimezoneFinder

HERE = pathlib.Path(__file__).parent
RULES = HERE.parent / "rules"
VERSION = "2026-11-29"

# One name for each clock, in the order in which files list them.
CLOCKS = [
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "America/Adak", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam",
    "Pacific/Pago_Pago",
]


def signature(zone):
    clock = zoneinfo.ZoneInfo(zone)
    days = (datetime.datetime(year, month, day, 12) for year in range(2007, 2038) for month in range(1, 13) for day in (2, 15))
    return tuple(clock.utcoffset(day) for day in days)


CLOCK_OF = {signature(zone): zone for zone in CLOCKS}


def clock(zone):
    """The name of the clock that a zone's shows, or None."""
    try:
        return CLOCK_OF.get(signature(zone))
    except Exception:
        return None


NAMES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA", "Maine": "ME",
    "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ",
    "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK",
    "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD",
    "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington State": "WA",
    "Washington": "WA", "Washington D.C.": "DC", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}
STATES = set(NAMES.values())
TERRITORIES = {"PR", "VI", "GU", "MP", "AS"}


def in_use():
    return [z for z in zipcodes.list_all() if z["zip_code_type"] != "MILITARY" and z["country"] == "US"]


def area_codes(zips):
    """code -> (state or None, [zones]); overlays written out."""
    zones = collections.defaultdict(set)
    for prefix, names in TIMEZONE_DATA.items():
        text = str(prefix)
        if text.startswith("1") and len(text) >= 4:
            zones[text[1:4]] |= {clock(name) for name in names} - {None}
    with open(HERE / "npa_zones.csv", newline="") as handle:
        for row in csv.DictReader(handle):
            zones[row["npa"]] |= {clock(name) for name in row["zones_union"].split("|")} - {None}
    used_in = collections.defaultdict(set)
    states = collections.defaultdict(collections.Counter)
    for z in zips:
        for code in z["area_codes"]:
            used_in[code].add(z["zip_code"])
            states[code][z["state"]] += 1
    table, overlays, foreign = {}, [], []
    for code in sorted(zones):
        number = phonenumbers.parse(f"+1{code}2000000")
        place = geocoder.description_for_number(number, "en")
        named = NAMES.get(place) or (place[-2:] if re.search(r", [A-Z]{2}$", place) and place[-2:] in STATES else None)
        region = phonenumbers.region_code_for_number(number)
        if region in TERRITORIES:
            table[code] = (None, set(zones[code]))
            continue
        if named is None and region not in ("US", None):
            foreign.append(code)  # Canada and the islands of other countries
            continue
        if named is None and states[code]:
            most, _ = states[code].most_common(1)[0]
            named = most if most in STATES else None
        if named is None:
            continue
        if states[code] and states[code].most_common(1)[0][0] != named:
            print(f"area code {code}: libphonenumber says {named}, most ZIP codes {states[code].most_common(1)[0][0]}", file=sys.stderr)
        table[code] = (named, set(zones[code]))
    for code in sorted(table):
        for other in sorted(table):
            both = len(used_in[code] & used_in[other])
            if other != code and used_in[code] and both >= 0.9 * len(used_in[code]) and table[code][0] == table[other][0]:
                if table[code][0] and not table[other][1] <= table[code][1]:
                    overlays.append((code, other))
    parents = collections.defaultdict(set)
    for code, other in overlays:
        parents[code] |= table[other][1]
    for code, zones in parents.items():
        table[code] = (table[code][0], zones)
    return table, overlays, foreign


def listed(zones):
    return [zone for zone in CLOCKS if zone in zones]


def write_area_codes(table, overlays, foreign):
    out = [HEADER.format(name="Area codes: zones and state.", file="area_codes").rstrip("\n")]
    out.append("")
    for code, parent in sorted(overlays):
        out.append(f"# {code} overlays {parent} and has its zones.")
    out += ["", "# Of Canada and of islands that are no part of the United States: their law is another."]
    out += ["[abroad]"]
    out.append("area_codes = [" + ", ".join(f'"{code}"' for code in foreign) + "]")
    out += ["", "[area_code]"]
    for code, (state, zones) in sorted(table.items()):
        names = ", ".join(f'"{zone}"' for zone in listed(zones))
        where = f'state = "{state}", ' if state else ""
        out.append(f"{code} = {{ {where}zones = [{names}] }}")
    return "\n".join(out) + "\n"


HEADER = '''# {name}
#
# Generated by data/tables.py, which names the sources and the rules; see data/NOTICE. Engineering, not legal advice.

name = "{file}"
version = "''' + VERSION + '''"
'''


def zip_table(zips):
    finder = TimezoneFinder()
    with open(RULES / "states.toml", "rb") as handle:
        of_state = {s["code"]: {clock(z) for z in s["zones"]} for s in tomllib.load(handle)["state"]}
    rows, doubted = [], []
    for z in zips:
        state = z["state"]
        if state in ("FM", "MH", "PW"):
            continue  # not in the North American Numbering Plan's states and territories
        zones = {clock(z["timezone"])} - {None}
        if z["lat"] and z["long"]:
            lat, lon = float(z["lat"]), float(z["long"])
            centre = clock(finder.timezone_at(lat=lat, lng=lon) or "")
            if centre and centre not in zones:
                zones.add(centre)
                doubted.append((z["zip_code"], state, z["city"], sorted(zones)))
            if state in of_state and len(of_state[state]) > 1:
                for bearing in range(0, 360, 45):
                    north = 10.0 / 111.2 * math.cos(math.radians(bearing))
                    east = 10.0 / (111.2 * math.cos(math.radians(lat))) * math.sin(math.radians(bearing))
                    near = clock(finder.timezone_at(lat=lat + north, lng=lon + east) or "")
                    if near in of_state[state]:
                        zones.add(near)
        if zones:
            rows.append((z["zip_code"], state, tuple(listed(zones))))
    rows.sort()
    ranges = []
    for code, state, zones in rows:
        last = ranges[-1] if ranges else None
        if last and last[2:] == [state, zones] and last[0][:3] == code[:3]:
            last[1] = code
        else:
            ranges.append([code, code, state, zones])
    return ranges, doubted


def write_zip_codes(ranges):
    out = [
        "# ZIP codes: `first-last state zones`, zones by their place in the list below.",
        "#",
        "# Generated by data/tables.py, which names the sources and the rules; see data/NOTICE. Engineering, not legal advice.",
        "# A code between two lines is not in use; it then has every state and zone of its first three digits.",
        f"version {VERSION}",
        "zones " + " ".join(CLOCKS),
    ]
    for first, last, state, zones in ranges:
        code = first if first == last else f"{first}-{last}"
        out.append(f"{code} {state} {','.join(str(CLOCKS.index(zone)) for zone in zones)}")
    return "\n".join(out) + "\n"


def main():
    zips = in_use()
    table, overlays, foreign = area_codes(zips)
    ranges, doubted = zip_table(zips)
    for code, state, city, zones in doubted:
        print(f"ZIP {code} {city}, {state}: sources disagree, both: {' '.join(zones)}", file=sys.stderr)
    files = {"area_codes.toml": write_area_codes(table, overlays, foreign), "zip_codes.txt": write_zip_codes(ranges)}
    differs = 0
    for name, text in files.items():
        path = RULES / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text() != text:
                print(f"{name} differs from its sources", file=sys.stderr)
                differs = 1
        else:
            path.write_text(text)
    print(f"{len(table)} area codes, {len(overlays)} overlays, {len(ranges)} ranges of ZIP codes", file=sys.stderr)
    return differs


if __name__ == "__main__":
    sys.exit(main())
