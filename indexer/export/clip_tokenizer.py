"""open_clip's tokenizers as a ``tokenizer.json`` that the tokenizers library runs without torch."""

from typing import Any

from shared.domain.errors import EncoderUnavailable

END_OF_WORD = "</w>"
WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
PUNCTUATION = r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^`{|}~]"""

# What ftfy, which open_clip calls first, does to well-formed text. It also repairs text decoded with the wrong
# character set; a feed's reader should have done that.
_PLAIN = {
    "‘": "'",
    "’": "'",
    "‚": "'",
    "‛": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "‟": '"',
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬀ": "ff",
}


def portable_tokenizer(tokenizer: Any) -> Any:
    """A ``tokenizers.Tokenizer`` that gives the same ids as open_clip's ``tokenizer``, without its padding.

    HTML entities are left to the encoder's reader, which undoes them first.
    Raises EncoderUnavailable for a tokenizer with rules of its own that the library cannot express.
    """
    import open_clip

    if isinstance(tokenizer, open_clip.tokenizer.SimpleTokenizer) and tokenizer.reduction_fn is None:
        return _byte_pairs(tokenizer)
    if isinstance(tokenizer, open_clip.tokenizer.HFTokenizer):
        fast = getattr(tokenizer.tokenizer, "backend_tokenizer", None)
        if fast is not None and not tokenizer.strip_sep_token and not tokenizer.tokenizer_mode:
            _clean_first(fast, tokenizer)
            return fast
    raise EncoderUnavailable(
        f"This model's tokenizer ({type(tokenizer).__name__} with its settings) has no portable form: "
        "choose a model with CLIP's own or a plain Hugging Face tokenizer."
    )


def _byte_pairs(simple: Any) -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, processors

    model = models.BPE(
        vocab=dict(simple.encoder),
        merges=sorted(simple.bpe_ranks, key=simple.bpe_ranks.get),
        continuing_subword_prefix="",
        end_of_word_suffix=END_OF_WORD,
    )
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    start, end = (simple.decoder[number] for number in (simple.sot_token_id, simple.eot_token_id))
    tokenizer.add_special_tokens([AddedToken(start, normalized=False), AddedToken(end, normalized=False)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(start, simple.sot_token_id), (end, simple.eot_token_id)]
    )
    _clean_first(tokenizer, simple)
    return tokenizer


def _clean_first(tokenizer: Any, original: Any) -> None:
    """Put open_clip's cleaning of a text before the tokenizer's own."""
    from open_clip import tokenizer as open_clip_tokenizer
    from tokenizers import Regex, normalizers

    steps = [normalizers.NFC(), *(normalizers.Replace(old, new) for old, new in _PLAIN.items())]
    if original.clean_fn is open_clip_tokenizer._clean_canonicalize:
        steps += [normalizers.Replace("_", " "), normalizers.Replace(Regex(PUNCTUATION), "")]
    if original.clean_fn is not open_clip_tokenizer._clean_whitespace:
        steps.append(normalizers.Lowercase())
    steps += [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    own = [tokenizer.normalizer] if tokenizer.normalizer else []
    tokenizer.normalizer = normalizers.Sequence([*steps, *own])
