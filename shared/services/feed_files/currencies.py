"""Currencies, by their ISO 4217 codes and by what shops write in their place."""

from shared.services.feed_files.text import words

CURRENCIES = frozenset(
    words(
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
        "CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
        "GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD "
        "KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
        "NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "
        "SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD "
        "XOF XPF YER ZAR ZMW ZWL"
    )
)

SYMBOLS = {
    "$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "rs": "INR", "¥": "JPY", "a$": "AUD",
    "c$": "CAD", "ca$": "CAD", "au$": "AUD", "nz$": "NZD", "hk$": "HKD", "r$": "BRL", "zł": "PLN",
    "kč": "CZK", "ft": "HUF", "₺": "TRY", "₩": "KRW", "₽": "RUB", "₴": "UAH", "₪": "ILS", "฿": "THB",
    "₫": "VND", "kr": "", "lei": "RON", "tl": "TRY",
}  # fmt: skip
"""A bare dollar is taken for the American one; the krone of four countries stays unknown. A currency column decides."""

DOT_THOUSANDS = frozenset(words("EUR BRL TRY IDR VND DKK ARS CLP COP ISK RON RSD CZK PLN HUF"))
"""Where the dot separates thousands, "1.299 EUR" costs thirteen hundred, not one and a third."""
