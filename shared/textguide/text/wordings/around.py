"""What stands around the place in a report: heart, pleura, bones, lines, technique, history.

None of it says anything of a zone. Now and then it names a side, for a line or an effusion: the reader has to
tell what is where.
"""

from __future__ import annotations

from textguide.text.wordings.options import options

_TOPICS = """
    Heart size is normal. | The heart is not enlarged. | Normal heart size. | Heart size normal. |
    Cardiomegaly. | The heart is mildly enlarged. | Mild cardiomegaly is noted. | Stable cardiomegaly. |
    The cardiac silhouette is normal. | Heart size cannot be assessed. |
    The heart is not large.
    #
    Normal mediastinal contours. | The mediastinum is unremarkable. | The mediastinum is not widened. |
    The hila are normal. | Hilar contours are unremarkable. | The trachea is central. |
    The trachea is midline. | No lymphadenopathy. | Aortic calcification. | The aorta is tortuous. |
    Midline trachea.
    #
    No pleural effusion. | There is no pleural effusion. | No effusion. | Costophrenic angles are clear. |
    The costophrenic angles are preserved. | Both costophrenic angles are clear. | No effusion is seen. |
    No blunting of the costophrenic angles. | Small pleural effusion. | The pleural spaces are clear.
    #
    No pneumothorax. | No pneumothorax is seen. | There is no pneumothorax. | No cavitation. |
    No cavity is seen. | No mass lesion. | No nodule. | No collapse.
    #
    No rib fracture. | The bones are unremarkable. | Bones and soft tissues are normal. |
    No bony lesion. | No acute bony abnormality. | Degenerative changes of the spine. |
    Sternotomy wires noted. | Old rib fractures.
    #
    No free air under the diaphragm. | The diaphragm is normal. | Diaphragmatic contours are normal.
    #
    Pulmonary vascularity is normal. | No pulmonary edema. | No pulmonary oedema. |
    No vascular congestion.
    #
    Endotracheal tube in good position. | ET tube in place. | Nasogastric tube in place. |
    PICC line in place. | Tracheostomy tube noted. | Central venous line in place. |
    Lines and tubes are unchanged. | ECG leads noted. | No lines or tubes.
    #
    AP portable film. | Portable AP view. | Supine film. | PA view. | Frontal radiograph of the chest. |
    Single frontal view. | Portable chest x-ray. | Erect PA chest radiograph. | Chest radiograph, AP.
    #
    The film is rotated. | Poor inspiration. | Low lung volumes. | Normal lung volumes. | Limited study. |
    Hyperinflated lungs. | Image quality is adequate.
    #
    No previous film for comparison. | No prior study. |
    New since the prior study. | Compared with the previous film there is progression. |
    The appearances have worsened. | Increased since yesterday. |
    Unchanged since the previous examination. | No significant change. |
    The appearances have improved slightly.
    #
    Fever and cough. | Known covid infection. | Cough and dyspnea for three days. |
    Day five of symptoms. | Suspected covid. | Shortness of breath. | COVID positive.
    #
    Follow up is recommended. | Clinical correlation is recommended. | Follow-up film in two weeks. |
    Consistent with pneumonia. | In keeping with covid pneumonia. | Likely infective. |
    Suspicious for viral pneumonia. | Findings suggest infection.
    #
    Right-sided central line. | Left-sided central line in place. | Right PICC line in place. |
    Left PICC line noted. | Right chest drain in place. | Left-sided pacemaker. | Right jugular line.
    #
    No left pleural effusion. | No right pleural effusion. | No right-sided effusion. |
    No pneumothorax on the left. | No pneumothorax on the right. | Old left rib fracture. |
    Old right clavicle fracture. | The right hemidiaphragm is elevated. |
    The left hemidiaphragm is elevated.
"""
TOPICS = tuple(options(topic) for topic in _TOPICS.split("#"))
"""Of each topic a report says one thing at most."""

HISTORY = options("""
    Fever and cough. | Cough. | Covid positive. | Dyspnea. | Suspected pneumonia. |
    Fever for three days. | Follow-up of pneumonia. | Known covid infection. | Sepsis.
""")
TECHNIQUE = options("""
    AP portable. | Frontal view. | Single frontal radiograph. | Portable AP chest film. | PA erect.
""")
COMPARISON = options("None. | No prior study. | Prior radiograph. | Film of the previous day.")
CONCLUSION = options("""
    Pneumonia. | Findings consistent with covid pneumonia. | Appearances of infection. | Consolidation. |
    Infiltrates. | As above. | Likely infective.
""")
