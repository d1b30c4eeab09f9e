"""What a text denies, excepts, or says about other things."""

from __future__ import annotations

import pytest

from textguide.text import parse_report
from textguide.text.report import Contradiction, Note

READ = {
    # one side affected, the other named clear
    "Left base consolidation. The right lung is clear.": (0, 0, 1, 0, 0, 0),
    "Right lung clear; opacity of the left apex": (1, 0, 0, 0, 0, 0),
    "Consolidation in the right mid zone, left lung clear.": (0, 0, 0, 0, 1, 0),
    "Opacity in the left base with a clear right lung": (0, 0, 1, 0, 0, 0),
    "LUZ consolidation, sparing the right lung": (1, 0, 0, 0, 0, 0),
    "Right base opacity. The other lung is clear.": (0, 0, 0, 0, 0, 1),
    "No infection on the left. Right base opacity.": (0, 0, 0, 0, 0, 1),
    # zones named clear
    "No opacity in the upper zones of both lungs; both lower zones are affected": (0, 0, 1, 0, 0, 1),
    "Both apices are clear. Bibasal opacities.": (0, 0, 1, 0, 0, 1),
    "Left base opacity, whereas the right base is not affected": (0, 0, 1, 0, 0, 0),
    "The left mid zone is free of consolidation. Left base consolidation.": (0, 0, 1, 0, 0, 0),
    "left base but not right base": (0, 0, 1, 0, 0, 0),
    "RUZ opacity, no other zone is affected.": (0, 0, 0, 1, 0, 0),
    "Previous opacity of the left base has resolved. Opacity at the right base.": (0, 0, 0, 0, 0, 1),
    # a whole and its exception
    "all but the left apex": (0, 1, 1, 1, 1, 1),
    "All zones except the apices of both lungs": (0, 1, 1, 0, 1, 1),
    "Diffuse infiltrates in both lungs, sparing the right base": (1, 1, 1, 1, 1, 0),
    "the whole left lung apart from its base": (1, 1, 0, 0, 0, 0),
    "all left zones, the mid zone spared; the right base": (1, 0, 1, 0, 0, 1),
    "left apex to base, sparing the mid zone": (1, 0, 1, 0, 0, 0),
    # other things around the place
    "Heart size is normal. Left base opacity. No pleural effusion.": (0, 0, 1, 0, 0, 0),
    "Left-sided pacemaker. Right base opacity. No pneumothorax on the left.": (0, 0, 0, 0, 0, 1),
    "HISTORY: Fever for three days. FINDINGS: Both bases are affected. IMPRESSION: Pneumonia.": (
        *(0, 0, 1),
        *(0, 0, 1),
    ),
    "Technique:\nAP portable.\nFindings:\n- left apex\n- right base": (1, 0, 0, 0, 0, 1),
    "1. left apex 2. right base": (1, 0, 0, 0, 0, 1),
    "Opacity in the left\nlower zone": (0, 0, 1, 0, 0, 0),
    "Opacity in:\nleft base\nright apex": (0, 0, 1, 1, 0, 0),
    "No opacity in the left base and\nright apex. Left apex opacity.": (1, 0, 0, 0, 0, 0),
    # nothing affected
    "The lungs are clear.": (0,) * 6,
    "Both lungs clear. Heart size is normal.": (0,) * 6,
}
UNKNOWN = {
    "The right lung is clear.": Note.NEGATED,
    "No ground-glass opacity.": Note.NEGATED,  # consolidation is left open
    "No opacity in the left apex and the right base is affected": Note.NEGATED,
    "No opacity in the left apex, right base": Note.NEGATED,
    "Opacity in the left base and right apex clear": Note.NEGATED,
    "left base, right apex clear": Note.NEGATED,
    "Both lungs, the right base clear. Left apex opacity.": Note.NEGATED,
    "the left lung, its apex spared, and right base": Note.NEGATED,
    "No opacity in:\n- left base\n- right apex": Note.NEGATED,
    "No opacity in: 1. left base 2. right apex": Note.NEGATED,
    "No opacity in the left base; right apex": Note.NEGATED,
    "Left base; right apex clear": Note.NEGATED,
    "All zones except the apex": Note.NEGATED,
    "left lung except the apex and the right base": None,
    "lungs clear except for the left base": Note.NEGATED,
    "left base without change": Note.NEGATED,
    "No longer left base opacity": Note.NEGATED,
    "neither lung is affected": Note.NEGATED,
    "Left base opacity has cleared": Note.NEGATED,
    "History: left base pneumonia. Findings: right base opacity.": Note.NOT_UNDERSTOOD,
    "Likely pneumonia on the right. Left base opacity.": Note.NOT_UNDERSTOOD,
    "Left pneumonia and effusion. Right base opacity.": Note.NOT_UNDERSTOOD,
    "Effusion at the left base. Opacity at the right base.": Note.NOT_UNDERSTOOD,
    "Compared with the prior film, the left base has improved. Right base opacity.": Note.NOT_UNDERSTOOD,
    "Both apices are clear. Left lung opacity in the apex.": Contradiction.CLEAR_AND_AFFECTED,
    "Bibasal opacity. The other lung is clear.": Contradiction.CLEAR_AND_AFFECTED,
}


@pytest.mark.parametrize(("text", "zones"), READ.items())
def test_what_is_denied_excepted_or_beside_the_point_is_told_apart(text, zones):
    assert parse_report(text).zones == zones


@pytest.mark.parametrize(("text", "remark"), UNKNOWN.items())
def test_a_denial_whose_reach_is_not_certain_leaves_all_unknown(text, remark):
    report = parse_report(text)
    assert report.zones is None
    assert remark is None or remark in report.notes + report.contradictions
