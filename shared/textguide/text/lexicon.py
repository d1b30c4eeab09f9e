"""The words that the report grammar understands: what each says about sides, zones, or their absence.

A new synonym or abbreviation is a line here; how words are bound together is `clauses.py`, what is affirmed
and what is denied `statements.py`.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


SIDES = ("left", "right")
ZONES = ("upper", "middle", "lower")
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve thirteen"
COUNT_WORDS = tuple(_COUNTED.split())
NUMBERS = {typed: number for number, word in enumerate(COUNT_WORDS) for typed in (word, str(number))}

SYNONYMS = {
    **dict.fromkeys(("top", "superior", "apical"), "upper"),
    "mid": "middle",  # not "central": in a lung that is near the hilum, at any height
    **dict.fromkeys(("bottom", "inferior", "basal", "basilar"), "lower"),
    **dict.fromkeys(("whole", "entire", "every", "complete", "diffusely", "completely"), "all"),
    **dict.fromkeys(("&", "+", "/", "plus"), "and"),
    **dict.fromkeys(("(", ")", "[", "]"), ","),
    **dict.fromkeys("‒–—―−", "-"),
    **dict.fromkeys(("whereas", "while", "|"), ";"),
    "!": ".",
    **dict.fromkeys(("excluding", "excepting"), "except"),
    "each": "both",
    "lt": "left",
    "rt": "right",
}
_PHRASES = {
    "as well as": "and",
    "together with": "and",
    "and also": "and",
    "along with": "and",
    "in its entirety": "all",
    "in their entirety": "all",
    "with the exception of": "except",
    "with sparing of": "except",
    "except for": "except",
    "apart from": "except",
    "other than": "except",
    "but not": "except",
    "all six": "all",
    "all three": "every",
    "covid 19": "covid",
    "air space": "airspace",
    "x ray": "film",
    "lung volumes": "volumes",
    "hyperinflated lungs": "hyperinflated",
    "apex": "upper zone",
    "apices": "upper zones",
    "base": "lower zone",
    "bases": "lower zones",
    "midzone": "middle zone",
    "midzones": "middle zones",
    "uz": "upper zone",
    "mz": "middle zone",
    "lz": "lower zone",
    "biapical": "bilateral upper",
    "bi apical": "bilateral upper",
    "bibasal": "bilateral lower",
    "bibasilar": "bilateral lower",
    "bi basal": "bilateral lower",
    "all lobes": "all zones",  # a lobe is no zone, all lobes are the whole lung
    "every lobe": "every zone",
    "all three lobes": "every zone",
    "all five lobes": "all zones",
}
PHRASES = {tuple(typed.split()): tuple(read.split()) for typed, read in _PHRASES.items()}
PHRASES |= {
    (f"{side[0]}{zone[0]}z",): (side, zone, "zone", "/") for side in SIDES for zone in ZONES
}  # LUZ: left upper zone, which nothing continues
PHRASES |= {(f"{side[0]}{zone[0]}l",): (side, "lobe", "/") for side in SIDES for zone in ZONES}  # LUL, RML
LONGEST_PHRASE = max(map(len, PHRASES))
"""Words in a row -> the words that stand for them."""

QUOTES = frozenset("\"'“”„‟«»‘’‚‛‹›")
"""Signs that say nothing."""
ARTICLES = _set("a an the its their")
PREPOSITIONS = _set("of in on within at over")
SEPARATORS = _set(", and : - /")
ALL = _set("all every")
"""All six zones, or those of one side; "every" stands for "all three"."""
LUNG_NOUNS = _set("lung lungs hemithorax")
LOBE_NOUNS = _set("lobe lobes")
"""A lobe is no zone (a lower lobe reaches into the middle zone): it tells the side alone."""
SIDE_NOUNS = _set("side sides sided")
ZONE_NOUNS = _set(
    "zone field region third part portion area zones fields regions thirds parts portions areas"
)
PLURALS = _set("lungs sides zones fields regions thirds parts portions areas")
LATERALITY = ("unilateral", "bilateral")
PLACE_WORDS = frozenset(
    (
        *(*SIDES, *ZONES, *ALL, "both", "bilateral", "bilaterally"),
        *(*LUNG_NOUNS, *LOBE_NOUNS, *SIDE_NOUNS, *ZONE_NOUNS),
    )
)

NEGATIONS = _set(
    """
    no not without none never neither nor nothing clear clears cleared spared spare spares sparing
    except but exception excludes free absent absence resolved normal unremarkable preserved negative
    """
)
FINDINGS = _set(
    """
    infection infections infected infectious infective pneumonia pneumonic covid disease opacity
    opacities opacification opacifications consolidation consolidations infiltrate infiltrates
    infiltration infiltrations airspace ground glass ggo shadowing haziness density inflammatory
    alveolar interstitial patchy hazy diffuse focal confluent multifocal viral lesion lesions
    involvement inflammation
    """
)
FUNCTION_WORDS = _set(
    """
    there is are seen with shows show showing demonstrates noted visible present by from located
    affecting affected affects involved involving involves abnormal confined localised localized
    covering extending extensive widespread pulmonary chest radiograph image film frontal finding
    findings impression conclusion opinion report mild moderate severe marked minor subtle faint dense
    increased small large acute ill defined evidence signs appearances appearance change changes
    consistent suggest suggests found identified observed limited patient has can be it they location
    new only please segment outline mark delineate highlight find label involve affect to throughout up
    down through
    """
)
"""Words that neither name a finding nor a place: they may stand anywhere."""

GRAMMAR = PLACE_WORDS | ARTICLES | PREPOSITIONS | SEPARATORS | frozenset((*LATERALITY, *NUMBERS, ".", ";"))
UNDERSTOOD = GRAMMAR | FINDINGS | FUNCTION_WORDS

REST = _set("rest remaining remainder other others otherwise elsewhere contralateral opposite")
"""What is left when the affected places are taken away."""
HEADS = _set("finding findings report impression conclusion opinion")
HEADS_OF_OTHERS = _set("technique comparison indication history details")
"""Headers above what is found, and above what is not."""
OTHER_SUBJECTS = _set(
    """
    heart cardiac cardiomegaly cardiomediastinal mediastinum mediastinal hila hilar trachea
    lymphadenopathy aorta aortic effusion pleural costophrenic pneumothorax cavitation cavity collapse
    mass nodule rib ribs bone bones bony spine sternotomy clavicle hemidiaphragm diaphragm diaphragmatic
    vascularity vascular edema oedema tube tubes line lines leads drain pacemaker tracheostomy picc
    rotated inspiration volumes hyperinflated
    """
)
"""What a sentence may be about that names a side, and yet no zone."""
REMARKS = _set(
    """
    quality study view ap pa mobile supine portable erect fever cough dyspnea sepsis breath symptoms
    previous prior progression worsened improved yesterday significant follow correlation known
    suspected suspicious likely keeping positive
    """
)
"""What else a sentence may be about that concerns no zone, if it names no side."""
OTHER_WORDS = _set(
    """
    no not there is are have the a an of for in and or with on size silhouette contours contour normal
    unremarkable enlarged large mildly mild stable noted seen widened central midline calcification
    tortuous clear preserved angles angle both blunting small spaces fracture fractures lesion acute
    abnormality degenerative changes change old soft tissues free air under pulmonary congestion
    endotracheal et nasogastric venous place position good unchanged monitoring ecg wires film image
    frontal single mobile chest radiograph poor day days week weeks three two five shortness elevated
    jugular sided limits within cannot be assessed left right side clinical none low adequate limited
    available new since compared comparison examination increased appearances slightly up recommended ,
    - :
    """
)
"""The words around these subjects; a sentence of them alone says nothing of the zones of the lungs."""
