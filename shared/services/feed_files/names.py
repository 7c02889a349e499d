"""What shops call the fields of a product."""

from collections.abc import Mapping

from shared.services.feed_files.text import words

# Best first. Names are compared without case, spaces and punctuation, so each spelling stands here once.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": words(
        "id productid itemid articleid uniqueid uniqid variantsku sku offerid productcode itemcode articlenumber "
        "stockcode asin handle"
    ),
    "title": words("title producttitle productdisplayname displayname name productname itemname prodname"),
    "description": words(
        "description productdescription longdescription body bodyhtml detaildesc itemdescription shortdescription "
        "summary"
    ),
    "brand": words("brand brandname vendor manufacturer manufacturername designer"),
    "colour": words(
        "colour color basecolour basecolor colourname colorname colourgroupname productcolour productcolor"
    ),
    "material": words("material fabric materialname"),
    "gender": words("gender targetgender productgender googleshoppinggender sex"),
    "size": words("size sizename productsize"),
    "price": words(
        "price regularprice listprice retailprice originalprice msrp offersprice offerslowprice priceamount "
        "variantprice unitprice"
    ),
    "sale_price": words("saleprice specialprice discountedprice discountprice"),
    "currency": words("currency pricecurrency currencycode offerspricecurrency pricecurrencycode currencyid"),
    "availability": words("availability stockstatus instock available isavailable offersavailability"),
    "stock": words(
        "stock stockquantity stocklevel inventoryquantity inventory inventorylevel variantinventoryqty quantity qty"
    ),
    "link": words("link url producturl productlink permalink canonicalurl offersurl"),
    "image": words(
        "image imagelink imageurl imagesrc mainimage primaryimage images img imgurl imagepath imagefile imagefilename "
        "imagelinks imgsrc photo photourl picture pictureurl thumbnail thumbnailurl imagecontenturl"
    ),
    "item_group_id": words(
        "itemgroupid groupid productgroupid isvariantofproductgroupid parentid parentsku parentasin parent "
        "parentproductid handle"
    ),
    "gtin": words("gtin gtin13 gtin14 gtin12 gtin8 ean ean13 upc barcode variantbarcode"),
    "added_at": words(
        "addedat dateadded createdat creationtimestamp created publishedat releasedate datefirstavailable "
        "datepublished pubdate date"
    ),
}


def canonical(name: str) -> str:
    """The name without Google's prefix, case, spaces and punctuation: productDisplayName, g:image_link, Image Src."""
    name = name.removeprefix("g:")
    return "".join(char for char in name.casefold() if char.isalnum() or char == "@")
