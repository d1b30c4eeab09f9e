"""The same six zones in many wordings: the parts that `textguide.text.paraphrase` puts together."""
