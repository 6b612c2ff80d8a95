"""What ElevenLabs' REST API takes and returns."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from schematic_definitions.common.elevenlabs import PronunciationDictionaryLocator, VoiceSettings

__all__ = [
    "Language",
    "Model",
    "Speech",
    "Subscription",
    "User",
    "VerifiedLanguage",
    "Voice",
    "VoicePage",
]


class VerifiedLanguage(Struct, frozen=True, kw_only=True):
    """A language that a voice speaks well.

    Attributes:
        language: its code.
        model_id: the model with which it was verified.
        accent: the accent, where there is one.
        locale: the locale, such as ``en-US``.
        preview_url: where it can be heard.
    """

    language: str
    model_id: str
    accent: str | None = None
    locale: str | None = None
    preview_url: str | None = None


class Voice(Struct, frozen=True, kw_only=True):
    """A voice. What the service does not say is null.

    Attributes:
        voice_id: by which requests name it.
        name: what people call it.
        category: ``premade``, ``cloned``, ``generated``, ``professional``, and others.
        description: what it sounds like.
        labels: words by kind, such as ``accent`` and ``gender``.
        preview_url: where it can be heard.
        available_for_tiers: the subscriptions that may use it.
        high_quality_base_model_ids: the models that speak it best.
        verified_languages: the languages that it speaks well.
        settings: how it sounds unless a request says otherwise.
        is_owner: whether it is yours.
        is_legacy: whether it is an old one.
        created_at_unix: when it was made, in seconds since 1970 in UTC.
    """

    voice_id: str
    name: str | None = None
    category: str | None = None
    description: str | None = None
    labels: dict[str, str] | None = None
    preview_url: str | None = None
    available_for_tiers: tuple[str, ...] | None = None
    high_quality_base_model_ids: tuple[str, ...] | None = None
    verified_languages: tuple[VerifiedLanguage, ...] | None = None
    settings: VoiceSettings | None = None
    is_owner: bool | None = None
    is_legacy: bool | None = None
    created_at_unix: int | None = None


class VoicePage(Struct, frozen=True, kw_only=True):
    """A page of voices.

    Attributes:
        voices: the voices.
        has_more: whether there is another page.
        total_count: how many voices match, on all pages.
        next_page_token: what asks for the next page; null on the last one.
    """

    voices: tuple[Voice, ...]
    has_more: bool
    total_count: int | None = None
    next_page_token: str | None = None


class Language(Struct, frozen=True):
    """A language that a model speaks.

    Attributes:
        language_id: its code.
        name: its name in English.
    """

    language_id: str
    name: str


class Model(Struct, frozen=True, kw_only=True):
    """A model. What the service does not say is null.

    Attributes:
        model_id: by which requests name it.
        name: what people call it.
        description: what it is good for.
        can_do_text_to_speech: whether it turns text into speech.
        can_do_voice_conversion: whether it turns speech into that of another voice.
        can_be_finetuned: whether it can be trained further.
        can_use_style: whether it heeds the style of `VoiceSettings`.
        can_use_speaker_boost: whether it heeds their ``use_speaker_boost``.
        serves_pro_voices: whether it speaks professional voices.
        token_cost_factor: what a character costs.
        requires_alpha_access: whether it has to be asked for.
        maximum_text_length_per_request: the most characters of one request.
        languages: the languages that it speaks.
        concurrency_group: the models with which it shares the limit of requests at a time.
    """

    model_id: str
    name: str | None = None
    description: str | None = None
    can_do_text_to_speech: bool | None = None
    can_do_voice_conversion: bool | None = None
    can_be_finetuned: bool | None = None
    can_use_style: bool | None = None
    can_use_speaker_boost: bool | None = None
    serves_pro_voices: bool | None = None
    token_cost_factor: float | None = None
    requires_alpha_access: bool | None = None
    maximum_text_length_per_request: int | None = None
    languages: tuple[Language, ...] | None = None
    concurrency_group: str | None = None


class Subscription(Struct, frozen=True, kw_only=True):
    """What is paid for, and what of it is used.

    Attributes:
        tier: its name.
        status: ``active``, ``trialing``, ``past_due``, ``free``, and others.
        character_count: how many characters are used in this period.
        character_limit: how many may be used.
        next_character_count_reset_unix: when the next period begins, in seconds since 1970 in UTC.
        voice_slots_used: how many voices of your own there are.
        voice_limit: how many there may be.
        can_use_instant_voice_cloning: whether voices may be cloned from a short sample.
        can_use_professional_voice_cloning: whether they may be cloned from long recordings.
        currency: in which it is paid.
    """

    tier: str
    status: str
    character_count: int
    character_limit: int
    next_character_count_reset_unix: int | None = None
    voice_slots_used: int | None = None
    voice_limit: int | None = None
    can_use_instant_voice_cloning: bool | None = None
    can_use_professional_voice_cloning: bool | None = None
    currency: str | None = None


class User(Struct, frozen=True, kw_only=True):
    """Whose key it is.

    Attributes:
        user_id: by which the service knows the user.
        subscription: what is paid for.
        first_name: how to address the user.
        created_at: when the account was made, in seconds since 1970 in UTC; 0 if that is unknown.
    """

    user_id: str
    subscription: Subscription
    first_name: str | None = None
    created_at: int | None = None


class Speech(Struct, frozen=True, kw_only=True):
    """What to say, and how.

    Attributes:
        text: the text.
        model_id: which model speaks; absent for the service's own choice.
        language_code: the language, ISO 639-1; absent to let the model find out.
        voice_settings: how the voice sounds, for this request.
        pronunciation_dictionary_locators: up to three dictionaries, applied in order.
        seed: 0 to 4294967295; the same seed makes the same speech most of the time.
        previous_text: what came before, for the melody.
        next_text: what comes after.
        previous_request_ids: up to three requests whose speech came before; goes before
            ``previous_text``.
        next_request_ids: up to three requests whose speech comes after.
        apply_text_normalization: whether numbers, dates and so on are spelt out.
        apply_language_text_normalization: the same in the way of the language; slow.
    """

    text: str
    model_id: str | UnsetType = UNSET
    language_code: str | UnsetType | None = UNSET
    voice_settings: VoiceSettings | UnsetType | None = UNSET
    pronunciation_dictionary_locators: (
        tuple[PronunciationDictionaryLocator, ...] | UnsetType | None
    ) = UNSET
    seed: int | UnsetType | None = UNSET
    previous_text: str | UnsetType | None = UNSET
    next_text: str | UnsetType | None = UNSET
    previous_request_ids: tuple[str, ...] | UnsetType | None = UNSET
    next_request_ids: tuple[str, ...] | UnsetType | None = UNSET
    apply_text_normalization: Literal["auto", "on", "off"] | UnsetType = UNSET
    apply_language_text_normalization: bool | UnsetType = UNSET
