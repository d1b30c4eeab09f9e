"""What is found, and the short sentences that say where."""

from __future__ import annotations

from random import Random

from textguide.text.wordings.naming import Phrase
from textguide.text.wordings.options import options

_SINGULAR = options("""
    consolidation | patchy consolidation | airspace consolidation | infective consolidation |
    focal consolidation | ground-glass opacity | ground glass opacification | airspace opacity |
    airspace opacification | patchy opacity | hazy opacity | patchy opacification | opacification |
    airspace disease | air space disease | patchy shadowing | airspace shadowing | hazy shadowing |
    alveolar shadowing | infection | pulmonary infection | lung infection | pneumonia | viral pneumonia |
    COVID-19 pneumonia | covid pneumonia | patchy infiltrate | infiltrate | alveolar infiltrate |
    interstitial infiltrate | infiltration | increased density | inflammatory change | pneumonic change |
    infective change | haziness | GGO
""")
_PLURAL = options("""
    opacities | patchy opacities | hazy opacities | airspace opacities | ground-glass opacities |
    ground glass opacities | patchy ground-glass opacities | alveolar opacities | confluent opacities |
    infiltrates | patchy infiltrates | pulmonary infiltrates | interstitial infiltrates |
    ill defined opacities | consolidations | patchy consolidations | infective changes |
    inflammatory changes | pneumonic changes | infected areas
""")
FINDINGS = (
    *(Phrase(text, plural=False) for text in _SINGULAR),
    *(Phrase(text, plural=True) for text in _PLURAL),
)
_DEGREES = options("mild | moderate | severe | extensive | subtle | marked | minor | new | widespread")

SENTENCES = options("""
    {f} in {p} | {f} in {p} | {f} in {p} | {f} of {p} | {f} within {p} | {f} affecting {p} |
    {f} involving {p} | {f} at {p} | {f} over {p} | {f} seen in {p} | {f}, {p} | {f}: {p} |
    {f} located in {p} | {f} confined to {p} | {f} localised to {p} | {f} localized to {p} |
    {f} limited to {p} | {f} present in {p} | {f} visible in {p} | {there} {f} in {p} |
    {there} {f} involving {p} | {there} {f} affecting {p} | {f} {is} seen in {p} |
    {f} {is} present in {p} | {f} {is} noted in {p} | {f} {is} visible in {p} | {f} {is} located in {p} |
    {f} {is} identified in {p} | {f} {is} observed in {p} | {f} {is} found in {p} |
    {f} can be seen in {p} | signs of {f} in {p} | evidence of {f} in {p} | areas of {f} in {p} |
    appearances consistent with {f} in {p} | findings suggest {f} in {p} | the film shows {f} in {p} |
    the image shows {f} in {p} | chest x-ray shows {f} in {p} | the radiograph demonstrates {f} in {p} |
    the patient has {f} in {p} | {p} {are} affected | {p} {are} involved | {p} {are} infected |
    {p} {are} abnormal | {p} affected | {p} involved | {p} {are} affected by {f} |
    {p} {are} involved by {f} | {p}: {f} | {p} with {f} | {p} {show} {f} | in {p} {there} {f} |
    in {p}, {f}
""")
"""{f} the finding, {p} the place, {is} and {are} the verbs of finding and place, {there} "there is"."""


def finding(draw: Random, degree: float = 0.2) -> Phrase:
    """Return a finding; `degree` is how often it gets one ("mild"), in [0, 1]."""
    found = draw.choice(FINDINGS)
    if draw.random() < degree:
        return Phrase(f"{draw.choice(_DEGREES)} {found.text}", found.plural)
    return found


def state(place: Phrase, draw: Random) -> str:
    """Return a sentence, without a full stop, that says that `place` is affected."""
    found = finding(draw)
    return draw.choice(SENTENCES).format(
        f=found.text,
        p=place.text,
        there="there are" if found.plural else "there is",
        show="show" if place.plural else "shows",
        **{"is": "are" if found.plural else "is", "are": "are" if place.plural else "is"},
    )


def finish(text: str, draw: Random) -> str:
    """Begin with a capital and end with a full stop, or not."""
    if draw.random() < 0.65:
        text = text[0].upper() + text[1:]
    return text + "." if draw.random() < 0.7 else text
