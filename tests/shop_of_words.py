"""A shop whose products bear every kind of word that shoppers use, and titles that deceive. Made the same each time."""

from collections.abc import Iterator
from itertools import count, islice
from random import Random

from shared.domain.products import Product

_CLOTHES_SIZES = ("XS", "S", "M", "L", "XL", "XXL")
_SHOE_SIZES = tuple(str(size) for size in range(36, 47))
_CLOTHES_COLOURS = (
    *("Black", "White", "Red", "Blue", "Light Blue", "Navy", "Grey", "Green", "Olive", "Brown", "Beige", "Pink"),
    *("Purple", "Yellow", "Orange", "Red/White"),
)
_FASHION = ("Next", "Guess", "Gap", "Diesel", "Boss", "Levi's", "Calvin Klein", "7 For All Mankind", "Acme")
_SPORT = ("Nike", "Adidas", "Puma", "Under Armour", "New Balance", "The North Face")
_BOOTS = ("Dr. Martens", "The North Face", "Diesel", "Acme")
_WATCHES = ("Fossil", "Guess", "Diesel", "Casio")
_COOKING = ("Le Creuset", "Tefal", "Acme", "Black & Decker")
_TOOLS = ("Black & Decker", "Bosch", "Makita")
_ADULTS = ("Women", "Men", "Unisex")
_EVERYBODY = ("Women", "Men", "Boys", "Girls")
_FEATURES = (
    *("Slim Fit", "Classic", "Vintage", "Essential", "Relaxed", "Everyday", "Striped", "Plain", "Floral", "Quilted"),
    *("Lightweight", "Premium", "Casual", "Printed", "Ribbed", "Hooded"),
)

# category path, noun of the titles, brands, colours, materials, genders, sizes, prices from and to, how many
_KINDS = (
    (
        "Apparel > Dresses",
        "Dress",
        _FASHION,
        _CLOTHES_COLOURS,
        ("Cotton", "Silk", "Linen", "Polyester"),
        ("Women", "Girls"),
        _CLOTHES_SIZES,
        25,
        160,
        40,
    ),
    (
        "Apparel > Shirts",
        "Shirt",
        _FASHION,
        _CLOTHES_COLOURS,
        ("Cotton", "Linen", "Organic Cotton"),
        ("Women", "Men", "Boys"),
        _CLOTHES_SIZES,
        15,
        90,
        40,
    ),
    (
        "Apparel > T-Shirts",
        "T-Shirt",
        (*_FASHION, *_SPORT),
        _CLOTHES_COLOURS,
        ("Cotton", "Organic Cotton", "Polyester"),
        (*_EVERYBODY, "Unisex"),
        _CLOTHES_SIZES,
        8,
        45,
        40,
    ),
    (
        "Apparel > Jeans",
        "Jeans",
        _FASHION,
        ("Blue", "Black", "Grey", "Navy"),
        ("Denim",),
        ("Women", "Men", "Boys"),
        _CLOTHES_SIZES,
        35,
        190,
        30,
    ),
    (
        "Apparel > Jackets",
        "Jacket",
        (*_FASHION, *_SPORT),
        _CLOTHES_COLOURS,
        ("Leather", "Faux Leather", "Nylon", "Polyester", "Suede"),
        _ADULTS,
        _CLOTHES_SIZES,
        60,
        400,
        40,
    ),
    (
        "Apparel > Sweaters",
        "Sweater",
        _FASHION,
        _CLOTHES_COLOURS,
        ("Wool", "Merino Wool", "Cotton"),
        _ADULTS,
        _CLOTHES_SIZES,
        30,
        180,
        30,
    ),
    (
        "Apparel > Skirts",
        "Skirt",
        _FASHION,
        _CLOTHES_COLOURS,
        ("Cotton", "Leather", "Denim"),
        ("Women", "Girls"),
        _CLOTHES_SIZES,
        20,
        110,
        20,
    ),
    (
        "Apparel > Shorts",
        "Shorts",
        _SPORT,
        _CLOTHES_COLOURS,
        ("Cotton", "Nylon"),
        ("Women", "Men", "Boys"),
        _CLOTHES_SIZES,
        15,
        60,
        20,
    ),
    ("Apparel > Scarves", "Scarf", _FASHION, _CLOTHES_COLOURS, ("Wool", "Silk"), _ADULTS, ("One Size",), 15, 90, 16),
    (
        "Apparel > Socks",
        "Socks",
        _SPORT,
        ("Black", "White", "Grey"),
        ("Cotton", "Merino Wool"),
        ("Unisex",),
        ("One Size",),
        5,
        25,
        16,
    ),
    (
        "Footwear > Running Shoes",
        "Running Shoes",
        _SPORT,
        ("Black", "White", "Red", "Blue", "Grey"),
        ("Nylon", "Rubber"),
        _ADULTS,
        _SHOE_SIZES,
        50,
        220,
        40,
    ),
    (
        "Footwear > Sneakers",
        "Sneakers",
        _SPORT,
        ("Black", "White", "Red", "Navy", "Pink"),
        ("Leather", "Suede"),
        (*_EVERYBODY, "Unisex"),
        _SHOE_SIZES,
        40,
        180,
        36,
    ),
    (
        "Footwear > Boots",
        "Boots",
        _BOOTS,
        ("Black", "Brown", "Beige", "Olive"),
        ("Leather", "Suede", "Rubber"),
        (*_EVERYBODY,),
        _SHOE_SIZES,
        60,
        260,
        36,
    ),
    (
        "Footwear > Sandals",
        "Sandals",
        _FASHION,
        ("Black", "Brown", "Gold", "Silver"),
        ("Leather", "Rubber"),
        ("Women", "Men"),
        _SHOE_SIZES,
        20,
        110,
        20,
    ),
    (
        "Accessories > Watches",
        "Watch",
        _WATCHES,
        ("Black", "Silver", "Gold", "Rose Gold"),
        ("Stainless Steel", "Leather"),
        ("Women", "Men"),
        (),
        50,
        450,
        24,
    ),
    (
        "Accessories > Handbags",
        "Handbag",
        _FASHION,
        ("Black", "Brown", "Red", "Beige"),
        ("Leather", "Faux Leather"),
        ("Women",),
        (),
        40,
        420,
        24,
    ),
    (
        "Accessories > Wallets",
        "Wallet",
        (*_FASHION, "Fossil"),
        ("Black", "Brown"),
        ("Leather", "Nylon"),
        ("Men", "Women"),
        (),
        20,
        95,
        16,
    ),
    ("Accessories > Sunglasses", "Sunglasses", _FASHION, ("Black", "Brown", "Gold"), (), _ADULTS, (), 30, 210, 16),
    (
        "Home > Mugs",
        "Mug",
        _COOKING,
        ("White", "Black", "Blue", "Red", "Yellow"),
        ("Ceramic", "Glass"),
        (),
        (),
        6,
        30,
        24,
    ),
    (
        "Home > Frying Pans",
        "Frying Pan",
        _COOKING,
        ("Black", "Red", "Orange"),
        ("Cast Iron", "Stainless Steel"),
        (),
        (),
        20,
        210,
        20,
    ),
    ("Home > Knives", "Knife", _COOKING, ("Black", "Silver"), ("Stainless Steel", "Wood"), (), (), 10, 140, 16),
    ("Tools > Drills", "Drill", _TOOLS, ("Orange", "Black", "Green"), (), (), (), 40, 320, 16),
    ("Tools > Hammers", "Hammer", _TOOLS, ("Black", "Red"), ("Wood", "Stainless Steel"), (), (), 10, 60, 12),
)

# title, category path, brand, colour, material, price
_DECEIVING = (
    ("Orange Juicer 40 W", "Home > Juicers", "Acme", "White", "", 29),
    ("Electric Orange Juicer with Handle", "Home > Juicers", "Tefal", "Silver", "Stainless Steel", 49),
    ("Citrus Press", "Home > Juicers", "Acme", "Yellow", "", 19),
    ("Size Matters Mug", "Home > Mugs", "Acme", "White", "Ceramic", 12),
    ("World's Best Dad Mug", "Home > Mugs", "Acme", "Blue", "Ceramic", 11),
    ("Yellow Submarine Mug", "Home > Mugs", "Acme", "White", "Ceramic", 14),
    ("Iron Man Mug", "Home > Mugs", "Acme", "Red", "Ceramic", 13),
    ("Golden Girls Mug", "Home > Mugs", "Acme", "Pink", "Ceramic", 13),
    ("Non-Stick Frying Pan 28 cm", "Home > Frying Pans", "Tefal", "Black", "", 34),
    ("Black Forest Cake Tin", "Home > Bakeware", "Tefal", "Silver", "Stainless Steel", 18),
    ("Blue Cheese Knife", "Home > Knives", "Acme", "Silver", "Stainless Steel", 16),
    ("Knife Block for 6 Knives", "Home > Kitchen Storage", "Acme", "Brown", "Wood", 45),
    ("Shoe Rack for 12 Pairs", "Home > Storage", "Acme", "White", "Wood", 39),
    ("Boot Jack", "Home > Storage", "Acme", "Brown", "Wood", 22),
    ("White Noise Machine", "Home > Sleep", "Acme", "Grey", "", 35),
    ("Glass Cleaner Spray", "Home > Cleaning", "Acme", "", "", 5),
    ("Leather Conditioner 250 ml", "Home > Care", "Acme", "", "", 12),
    ("Leather Conditioner Wipes", "Home > Care", "Acme", "", "", 8),
    ("Wool Wash Detergent", "Home > Care", "Acme", "", "", 9),
    ("Shoe Polish Kit", "Home > Care", "Acme", "Black", "", 15),
    ("Wood Glue 500 g", "Tools > Glue", "Bosch", "", "", 7),
    ("Steel Wool Pads", "Tools > Abrasives", "Acme", "", "", 4),
    ("Cotton Candy Maker", "Home > Appliances", "Acme", "Pink", "", 44),
    ("Dress Form Mannequin", "Home > Sewing", "Acme", "Beige", "", 85),
    ("Shirt Folding Board", "Home > Storage", "Acme", "Blue", "", 14),
    ("Watch Strap Tool", "Tools > Watchmaking", "Acme", "", "", 11),
    ("Watch Winder Box", "Home > Storage", "Acme", "Black", "Wood", 95),
    ("Drill Bit Set 24 Pieces", "Tools > Bits", "Bosch", "Silver", "", 24),
    ("Red Bull Energy Drink 250 ml", "Groceries > Drinks", "Red Bull", "", "", 2),
    ("Red Bull Sugarfree 12 x 250 ml", "Groceries > Drinks", "Red Bull", "", "", 21),
    ("Green Tea 100 Bags", "Groceries > Tea", "Acme", "", "", 6),
    ("Brown Rice 1 kg", "Groceries > Rice", "Acme", "", "", 3),
    ("Olive Oil Extra Virgin 1 l", "Groceries > Oil", "Acme", "", "", 11),
    ("Gold Standard Whey Protein", "Groceries > Nutrition", "Optimum", "", "", 59),
    ("Medium Roast Coffee", "Groceries > Coffee", "Acme", "", "", 9),
    ("Fossil Hunting for Beginners", "Books > Nature", "", "", "", 18),
    ("The Diesel Engine Repair Handbook", "Books > Technology", "", "", "", 32),
    ("Gap Year Handbook", "Books > Travel", "", "", "", 15),
    ("What Happens Next", "Books > Novels", "", "", "", 13),
    ("The Next Big Thing", "Books > Novels", "", "", "", 12),
    ("Boss Baby Picture Book", "Books > Children", "", "", "", 9),
    ("Like a Boss", "Books > Management", "", "", "", 17),
    ("Mind the Gap", "Books > Novels", "", "", "", 11),
    ("Guess How Much I Love You", "Books > Children", "", "", "", 10),
    ("Guess Who Board Game", "Toys > Games", "", "", "", 22),
    ("Little Women", "Books > Novels", "", "", "", 8),
    ("Of Mice and Men", "Books > Novels", "", "", "", 8),
    ("The Black Mirror", "Books > Novels", "", "", "", 12),
    ("The Silver Lining", "Books > Novels", "", "", "", 12),
    ("Silk Road Atlas", "Books > Travel", "", "", "", 40),
    ("The Large Print Bible", "Books > Religion", "", "", "", 28),
    ("Jacket Potato Cookbook", "Books > Cooking", "", "", "", 14),
    ("1984", "Books > Novels", "", "", "", 9),
    ("Men in Black Poster", "Posters > Film", "", "", "Paper", 12),
    ("Pink Floyd Poster", "Posters > Music", "", "", "Paper", 14),
    ("Pink Floyd Dark Side Poster", "Posters > Music", "", "", "Paper", 15),
    ("Purple Rain Poster", "Posters > Music", "", "", "Paper", 13),
    ("Boys Don't Cry Poster", "Posters > Music", "", "", "Paper", 13),
    ("Cheap Trick Poster", "Posters > Music", "", "", "Paper", 13),
    ("Girl with a Pearl Earring Poster", "Posters > Art", "", "", "Paper", 16),
    ("Red Hot Chili Peppers Poster", "Posters > Music", "", "", "Paper", 14),
    ("No Smoking Sign", "Home > Signs", "", "", "", 7),
    ("Under 18 Not Admitted Sign", "Home > Signs", "", "", "", 7),
    ("Doctors Without Borders Calendar", "Books > Calendars", "", "", "", 10),
    ("Nothing but Thieves Poster", "Posters > Music", "", "", "Paper", 13),
    ("iPhone 12 Case", "Electronics > Phone Cases", "Spigen", "Black", "", 19),
    ("iPhone 12 Pro Max Case", "Electronics > Phone Cases", "Spigen", "Blue", "", 24),
    ("iPhone 14 Leather Case", "Electronics > Phone Cases", "Spigen", "Brown", "Leather", 39),
    ("Blue Ray Disc Player", "Electronics > Players", "Sony", "Black", "", 99),
    ("Sock Monkey Toy", "Toys > Plush", "", "Brown", "", 16),
    ("Wooden Train Set", "Toys > Trains", "", "Red", "Wood", 45),
    ("Gift Card Holder", "Home > Stationery", "", "Gold", "Paper", 4),
)


def words_shop() -> list[Product]:
    """Some 700 products, priced in USD."""
    numbers = (f"w{number:04d}" for number in count(1))
    return [*_plain_ones(numbers), *_famous_ones(numbers), *_deceiving_ones(numbers)]


def _plain_ones(numbers: Iterator[str]) -> Iterator[Product]:
    chance = Random(6)
    for path, noun, brands, colours, materials, genders, sizes, low, high, how_many in _KINDS:
        for number in islice(numbers, how_many):
            brand, colour = chance.choice(brands), chance.choice(colours)
            material = chance.choice(materials) if materials else ""
            gender = chance.choice(genders) if genders else ""
            said = [brand, gender, chance.choice(_FEATURES), colour, material, noun]
            title = " ".join(word for word in said if word and (word in (brand, noun) or chance.random() < 0.6))
            yield Product(
                number,
                title,
                f"A {noun.casefold()} you will not want to do without. Goes with everything, next day delivery.",
                brand,
                tuple(path.split(" > ")),
                colour,
                material,
                gender,
                chance.choice(sizes) if sizes else "",
                float(chance.randint(low, high)) - 0.01,
                currency="USD",
            )


def _famous_ones(numbers: Iterator[str]) -> Iterator[Product]:
    """Products whose name has a number or a condition in it."""
    shoes, socks, jeans = ("Footwear", "Running Shoes"), ("Apparel", "Socks"), ("Apparel", "Jeans")
    named = (
        ("Nike Air Max 90", "Nike", shoes, "White"),
        ("Nike Air Max 97", "Nike", shoes, "Grey"),
        ("Nike Air Max 270", "Nike", shoes, "Black"),
        ("New Balance 574", "New Balance", shoes, "Navy"),
        ("Levi's 501 Jeans", "Levi's", jeans, "Blue"),
        ("Levi's 511 Slim Jeans", "Levi's", jeans, "Black"),
        ("No Show Socks", "Puma", socks, "White"),
        ("No Show Sport Socks", "Nike", socks, "Black"),
    )
    for number, (title, brand, path, colour) in zip(numbers, named, strict=False):
        yield Product(number, title, "", brand, path, colour, price=89.0, currency="USD")


def _deceiving_ones(numbers: Iterator[str]) -> Iterator[Product]:
    for number, (title, path, brand, colour, material, price) in zip(numbers, _DECEIVING, strict=False):
        yield Product(
            number, title, "", brand, tuple(path.split(" > ")), colour, material, price=float(price), currency="USD"
        )
