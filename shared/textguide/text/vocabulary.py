"""The words of our WordPiece vocabulary, by theme.

`scripts/build_vocabulary.py` turns these lists into `vocab.txt`. The order here is the order there, so a
changed list is another vocabulary, and weights trained with the old one no longer fit: add nothing lightly.

Source: the grammars of the public text sets (LViT for QaTa-COV19, MosMedData+ and MoNuSeg; SGSeg's refined
captions; the polyp prompts p0 to p9 of medvlsm) and the everyday wording of radiology and endoscopy reports.
"""

from __future__ import annotations

NUMBERS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand half
third quarter first second fourth fifth sixth single double triple once twice few several many multiple none
10 11 12 13 14 15 16 17 18 19 20 25 30 40 50 60 70 80 90 100 ii iii iv vi
"""

POSITIONS = """
left right upper middle mid lower side sides sided both bilateral bilaterally unilateral unilaterally either
neither all whole entire entirely total complete completely each every top bottom center centre central
centrally middles superior superiorly inferior inferiorly anterior anteriorly posterior posteriorly lateral
laterally medial medially proximal distal peripheral peripherally periphery dorsal ventral cranial caudal
ipsilateral contralateral midline apex apices apical base bases basal bibasal basilar bibasilar perihilar
hilar hilum hila retrocardiac infrahilar suprahilar paracardiac paramediastinal subpleural retrosternal
subdiaphragmatic costophrenic cardiophrenic angle angles sulcus hemithorax hemithoraces hemidiaphragm
hemidiaphragms lobe lobes lobar multilobar lobular segment segments segmental subsegmental lingula lingular
zone zones zonal region regions regional field fields area areas part parts portion portions quadrant
quadrants corner edge edges border borders margin margins rim boundary thirds halves level levels location
locations located locate position positions positioned place places site sites adjacent near nearby next
along around above below behind beside between across inside outside within beyond throughout toward towards
over under up down away aspect direction clockwise sinistral dextral sinister dexter luz lmz llz ruz rmz rlz
lul lml lll rul rml rll lt rt bl uz mz lz ul ll ur lr ml mr lu ru
"""

CHEST = """
lung lungs pulmonary chest thorax thoracic pleura pleural heart cardiac cardiomediastinal mediastinum
mediastinal trachea tracheal carina bronchus bronchi bronchial airway airways alveolar alveoli interstitial
interstitium septal diaphragm diaphragmatic rib ribs clavicle clavicles sternum sternal scapula spine spinal
vertebra vertebrae vertebral aorta aortic arch vessel vessels vascular vascularity vasculature artery
arterial vein venous fissure fissures parenchyma parenchymal silhouette contour contours shadow shadows
marking markings infection infections infected infectious infective pneumonia pneumonias covid coronavirus
viral virus bacterial fungal tuberculosis pneumonitis bronchitis bronchiolitis bronchiectasis inflammation
inflammatory inflamed consolidation consolidations consolidated consolidative opacity opacities
opacification opacifications opacified opaque infiltrate infiltrates infiltration infiltrative ground glass
ggo haze hazy haziness airspace space effusion effusions fluid pneumothorax pneumothoraces atelectasis
atelectases atelectatic collapse collapsed edema oedema congestion congested emphysema emphysematous
fibrosis fibrotic scar scars scarring bronchogram bronchograms bronchovascular thickening thickened thick
reticular reticulation reticulonodular nodule nodules nodular nodularity mass masses lesion lesions tumor
tumors tumour tumours cancer carcinoma metastasis metastases metastatic cavity cavities cavitary cavitation
cyst cysts cystic bulla bullae granuloma calcification calcifications calcified lymph node nodes
lymphadenopathy adenopathy hyperinflation hyperinflated overinflation inflation inflated aeration aerated
expansion expanded volume volumes elevated elevation elevate blunting blunted blunt cardiomegaly enlarged
enlargement widened tortuous embolism embolus hemorrhage haemorrhage contusion fracture fractures crazy
paving halo sign tree bud honeycomb honeycombing septum air trapping gas fat bone bones bony soft tissue
tissues density densities dense lucency lucencies lucent hyperlucent translucency attenuation hypodense
hyperdense radiopaque radiolucent coalescent confluent patchy patch patches diffuse diffusely focal focally
focus foci multifocal multiple scattered widespread extensive extension extending extends extend localized
localised localization involving involved involvement involves involve affecting affected affects affect
predominant predominantly predominance asymmetric asymmetrical asymmetrically asymmetry symmetric
symmetrical symmetrically tube tubes catheter catheters line lines central endotracheal nasogastric
tracheostomy device devices wire wires port picc drain stent clip clips surgical sternotomy valve implant
"""

REPORT = """
finding findings impression conclusion comparison compared comparing compare indication history technique
exam examination study studies report reports reported image images imaging film films radiograph
radiographs radiographic radiography xray x ray cxr cr dx ct mri mr ultrasound us pet scan scans slice
slices view views frontal ap pa erect supine upright portable axial coronal sagittal oblique sequence
sequences contrast enhanced enhancement enhancing enhance weighted fat suppressed saturated suppression
gadolinium gd signal intensity hyperintense hypointense isointense stir adc dwi patient patients male female
man woman year years old day days week weeks month months age aged prior previous previously current
currently recent recently new newly interval follow followup baseline today since unchanged change changed
changes increase increased increasing increases decrease decreased decreasing decreases stable stability
progression progressive progressing worse worsened worsening improve improved improvement improving resolve
resolved resolution resolving persistent persisting persists residual acute subacute chronic early late
active inactive mild mildly moderate moderately severe severely marked markedly minimal minimally slight
slightly subtle faint trace significant significantly small medium large big tiny huge massive great greater
greatest larger largest smaller smallest less least more most maximum minimum size sizes sized diameter
width height length long short wide narrow deep depth shallow superficial thin normal normally abnormal
abnormality abnormalities unremarkable clear clears cleared clearing spared spare spares sparing free intact
preserved visible visualized visualised seen see shows show showed showing shown demonstrate demonstrates
demonstrated demonstrating reveal reveals revealed noted note notes identified identify detected detect
observed observe present presence absent absence exist exists evident evidence appear appears appearance
appearing suggest suggests suggesting suggestive suspicious suspicion suspected suspect consistent
compatible likely unlikely probable probably possible possibly may might could cannot can be represent
represents representing reflect reflects reflecting related due secondary primary cause caused causing
exclude excluded excluding except exception excepting excludes include includes including included without
with no not nor non only sole solely just mainly mostly chiefly largely partly partial partially nearly
almost approximately about roughly overall general generalized otherwise remaining remainder rest other
others another different same similar similarly identical known unknown unclear definite indeterminate
nonspecific specific typical atypical characteristic pattern patterns distribution distributed distribute
type types kind form forms shape shapes shaped structure structures feature features positive negative
clinical clinically correlation correlate correlated recommend recommended suggested further evaluation
evaluate evaluated assessment assess assessed assessing limited adequate quality rotation rotated
inspiration inspiratory expiration artifact artifacts motion label labels mask masks segment segmented
segmentation outline delineate mark highlight target object objects background foreground pixel pixels
picture photo photograph diagnosis diagnostic disease diseased diseases disorder syndrome symptom symptoms
pain fever cough dyspnea sepsis benign malignant malignancy neoplasm neoplastic nonneoplastic dysplasia
dysplastic differential mm cm ml percent per number numbers count counts counted measure measures measuring
measured measurement
"""

ENGLISH = """
a an the and or but if then than so as at by for from in into of off on onto out to too via upon after
before during until while when where which who whose what why how that this these those there here it its he
she his her they their them we our you your i am is are was were been being has have had having do does did
done will would should must get gets got give given gives go goes going make makes made take takes taken use
used using find found look looks looking like very much also again still yet already always often never any
anything some something nothing such both even quite rather well good bad better best poor poorly high
higher highest low lowest relatively fairly extremely almost full fully empty filled fill fills cover covers
covered covering contain contains containing consist consists keep kept leave leaves leaving remain remains
become becomes show start starts starting begin end ends ending point points case cases please note yes ok
person people time times way main major minor additional additionally addition together alone separate
separately separated particularly especially respectively namely however although though because therefore
thus whereas despite extend reach reaches reaching occupy occupies occupied occupying dominated confined
restricted concentrated clustered cluster clusters uniform uniformly apart opposite close closely far
further farther describe described describes description sentence word words text prompt name named
"""

ENDOSCOPY = """
polyp polyps polypoid polypectomy endoscopy endoscopic endoscope colonoscopy colonoscopic colon colonic
colorectal rectum rectal rectosigmoid sigmoid cecum caecum ileum appendix ascending descending transverse
flexure splenic hepatic stomach gastric esophagus esophageal oesophagus duodenum bowel intestine intestinal
gut lumen luminal fold folds wall walls mucosa mucosal submucosal villous tubular serrated sessile
pedunculated flat stalk stalked stalks adenoma adenomas adenomatous hyperplastic pit bleeding blood ulcer
ulcers ulceration erosion erosions water bubble bubbles debris residue instrument instruments snare forceps
dye light reflection reflections specular glare specimen biopsy anatomical round rounded circle circular
oval ovoid elliptical ellipse ellipsoid triangular triangle square squared rectangle rectangular semicircle
semicircular crescent ring donut doughnut teardrop drop pear bean finger thumb ear teat nipple mushroom dome
domed heart irregular irregularly regular regularly lobulated elongated spherical sphere cylinder
cylindrical curved straight linear cone conical bulge bulging protruding protrusion projecting raised smooth
rough granular surface body middle head neck tail tip color colors colour colours colored coloured pink
pinkish red reddish white whitish yellow yellowish orange brown brownish black blackish blue bluish green
greenish purple violet gray grey peach beige dark darker bright brighter pale transparent shiny tan flesh
growth lump bump bumpy lining resemble mouth nail toe
"""

OTHER_ORGANS = """
nucleus nuclei nuclear cell cells cellular cellularity evenly unevenly sparsely sparse densely spread
crowded packed stain stained staining hematoxylin eosin histology histological histopathology pathology
pathological epithelial epithelium stroma stromal gland glands glandular lymphocyte lymphocytes mitosis
mitotic cytoplasm membrane kidney liver breast breasts prostate bladder brain skin dermoscopy dermoscopic
dermatoscopic mole nevus nevi naevus melanoma melanocytic seborrheic keratosis keratoses pigment pigmented
pigmentation hair hairs ruler network globules streaks streak veil dot dots spot spots lesional border
bordered asymmetrically face trunk torso back abdomen abdominal arm arms hand leg legs foot extremity scalp
shoulder fundus retina retinal optic disc disk cup macula macular fovea eye eyes ocular oculus branch
branches branching arteriole arterioles venule venules capillary capillaries microaneurysm microaneurysms
exudate exudates diabetic retinopathy drusen glaucoma nasal temporal mammography mammogram mammary nipple
areola axilla axillary fibroglandular ductal lobular invasive situ carcinomas outer inner spiculated washout
plateau multicentric duct ducts sacroiliac sacroiliitis sacrum sacral ilium iliac ilia joint joints pelvis
pelvic hip hips marrow subchondral erosive sclerosis sclerotic ankylosis ankylosing spondylitis
spondyloarthritis axial synovitis enthesitis cortex cortical cartilage periarticular articular femur femoral
lumbar cervical muscle muscles ligament ligaments
"""

STEMS = """
pneumo pneum broncho bronch hydro cardio costo pleuro hemi hyper hypo inter intra extra para peri retro sub
supra infra trans pre post anti micro macro multi poly mono bi tri semi un re de dis mis over under adeno
angio arthro cysto dermato endo entero gastro hemo haemo hepato histo immuno lympho myo nephro neuro osteo
patho sclero thoraco tracheo radio sono tomo sacro spondylo chondro fibro lipo colo ileo reno uro
"""

SUFFIXES = """
s es ed d er ers est ing ings ly al ally ic ical ically ous ously ary ory ive ively ity ities tion tions
ation ations ion ions ment ments ness less ful able ible ably ish ism ist ists ia ias ial ian ics ium um us
i ae oid oids oma omas omata osis oses otic itis itic ectasis ectasia ectomy ostomy otomy oscopy oscopic
oscope ography ographic ogram ograms graph graphy gram logy logical logic pathy pathic megaly algia emia
aemia uria plasia plastic plasm trophy trophic genic genesis lysis lytic stasis static sclerosis scopy tomy
stomy cele cyte cytes phil pnea rrhage rrhea spasm stenosis ptosis dynia phagia thorax cardiac cardial hilar
pleural bronchial vascular vertebral costal phrenic sternal diaphragm lobe lobar lung lungs zone basal
apical lateral medial central nodular glandular neural muscular osseous cutaneous mucosal operative
inflation density lucent echoic intense dense opaque malignant ward wards wise like side sided th st nd rd
ies ied ier ize ized izes izing ise ised ising en ens ence ances ance ent ents ant ants ar at ate ated ates
ating el le il in on an or ors ra ri ro re de di do la li lo ma mi mo na ni no pa pe po ta te ti to tr ch sh
ck ng nt ph
"""

LISTS = (NUMBERS, POSITIONS, CHEST, REPORT, ENGLISH, ENDOSCOPY, OTHER_ORGANS)
"""The themes whose words are whole words, in the order of the vocabulary."""

WHOLE_WORDS = frozenset(word for theme in LISTS for word in theme.split())
"""Every word that the vocabulary knows as one piece."""

LATIN_BLOCKS = ((0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x17F), (0x180, 0x24F), (0x1E00, 0x1EFF))
"""Basic Latin, Latin-1 Supplement, Latin Extended-A, Extended-B and Extended Additional."""

GREEK_AND_SYMBOLS = """
α β γ δ ε ζ η θ ι κ λ μ ν ξ ο π ρ σ ς τ υ φ χ ψ ω ‐ – — ― ‘ ’ ‚ “ ” „ † ‡ • … ‰ ′ ″ ‹ › ⁄ € − ∙ ≈ ≠ ≤ ≥ ← ↑
→ ↓ ↔ ∅ ○ ● □ ■ ▪ ✓ ✔
"""
"""What reports carry beside Latin letters."""
