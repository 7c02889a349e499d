"""What shoppers type, and the filters that it asks for in the shop of tests/shop_of_words.py.

One query a line, then ``=>``, then its filters in any order: ``field=value|value``, ``!`` before what is not wanted,
``~word`` for a family of values (see FAMILIES), ``price<50``, ``price=20..40``, ``price?`` for one that was understood
and cannot be held, ``price<=guess`` for "cheap", ``!text=word`` where a product's text must not have the word. A line
may begin with the currency that the shop sells in; it is USD otherwise.

PLAIN, TRAPS and FASHION were written before there was a parser, CHANGED before it was run on any product, and LATER
once it met the others, as a check that it does not meet those alone. CHANGED is said of red running shoes by Nike, of
100 dollars, size 42.
"""

FAMILIES = {
    "blue": "Blue|Light Blue|Navy",
    "red": "Red|Red/White",
    "white": "White|Red/White",
    "gold": "Gold|Rose Gold",
    "cotton": "Cotton|Organic Cotton",
    "wool": "Wool|Merino Wool",
    "women": "Women|Unisex",
    "men": "Men|Unisex",
    "kids": "Boys|Girls",
}

PLAIN = """
find blue dresses under $50 => colour=~blue; category=Dresses; price<50
waterproof boots size 42 not black => category=Boots; size=42; !colour=Black
EUR: gift for dad between 20 and 40 euros => price=20..40
gift for dad between 20 and 40 euros => price?
red and white striped shirt => colour=Red|Red/White|White; category=Shirts
Nike or Adidas running shoes => brand=Nike|Adidas; category=Running Shoes
leather jacket for women => material=Leather; category=Jackets; gender=~women
black leather handbag => colour=Black; material=Leather; category=Handbags
men's jeans => gender=~men; category=Jeans
mens jeans => gender=~men; category=Jeans
women's boots size 38 => gender=~women; category=Boots; size=38
ladies watch => gender=~women; category=Watches
Ladies' watches => gender=~women; category=Watches
gents wallet => gender=~men; category=Wallets
kids shoes => gender=~kids; category=Footwear
children's boots => gender=~kids; category=Boots
boys t-shirts => gender=Boys; category=T-Shirts
girls dress => gender=Girls; category=Dresses
unisex sneakers => gender=Unisex; category=Sneakers
trainers for men => category=Sneakers; gender=~men
white trainers => colour=~white; category=Sneakers
grey jumper => colour=Grey; category=Sweaters
gray sweater => colour=Grey; category=Sweaters
green pullover size L => colour=Green; category=Sweaters; size=L
navy shirt => colour=Navy; category=Shirts
navy blue shirt => colour=Navy; category=Shirts
light blue shirt => colour=Light Blue; category=Shirts
olive jacket => colour=Olive; category=Jackets
tshirt => category=T-Shirts
t shirt white => category=T-Shirts; colour=~white
tee shirt under 20 => category=T-Shirts; price<20
tees for boys => category=T-Shirts; gender=Boys
BLACK T-SHIRT XL => colour=Black; category=T-Shirts; size=XL
black t-shirt size xl => colour=Black; category=T-Shirts; size=XL
t-shirt extra large => category=T-Shirts; size=XL
dress size M => category=Dresses; size=M
dress size medium => category=Dresses; size=M
dress in size small => category=Dresses; size=S
shirt size s or m => category=Shirts; size=S|M
boots EU 42 => category=Boots; size=42
boots size eu 42 => category=Boots; size=42
sneakers sz 44 => category=Sneakers; size=44
sandals size: 39 => category=Sandals; size=39
running shoes size 43 under 120 dollars => category=Running Shoes; size=43; price<120
nike running shoes below $100 => brand=Nike; category=Running Shoes; price<100
adidas sneakers less than 80 => brand=Adidas; category=Sneakers; price<80
puma socks => brand=Puma; category=Socks
under armour shorts => brand=Under Armour; category=Shorts
the north face jacket => brand=The North Face; category=Jackets
north face jackets => brand=The North Face; category=Jackets
new balance running shoes => brand=New Balance; category=Running Shoes
levis jeans => brand=Levi's; category=Jeans
Levi's jeans => brand=Levi's; category=Jeans
levi’s black jeans => brand=Levi's; colour=Black; category=Jeans
calvin klein t-shirt => brand=Calvin Klein; category=T-Shirts
7 for all mankind jeans => brand=7 For All Mankind; category=Jeans
dr martens boots => brand=Dr. Martens; category=Boots
Dr. Martens brown boots => brand=Dr. Martens; colour=Brown; category=Boots
le creuset pan => brand=Le Creuset; category=Frying Pans
bosch drill => brand=Bosch; category=Drills
bosch or makita drill under 150 => brand=Bosch|Makita; category=Drills; price<150
black and decker drill => brand=Black & Decker; category=Drills
BLACK+DECKER drills => brand=Black & Decker; category=Drills
fossil watch => brand=Fossil; category=Watches
diesel jeans => brand=Diesel; category=Jeans
guess handbag => brand=Guess; category=Handbags
gap t-shirts => brand=Gap; category=T-Shirts
next dresses => brand=Next; category=Dresses
tefal frying pan => brand=Tefal; category=Frying Pans
cast iron pan => material=Cast Iron; category=Frying Pans
ceramic mug => material=Ceramic; category=Mugs
glass mugs => material=Glass; category=Mugs
stainless steel knife => material=Stainless Steel; category=Knives
steel watch => material=Stainless Steel; category=Watches
silk scarf => material=Silk; category=Scarves
wool scarves => material=~wool; category=Scarves
woollen sweater => material=~wool; category=Sweaters
merino wool socks => material=Merino Wool; category=Socks
faux leather handbag => material=Faux Leather; category=Handbags
cotton shirt => material=~cotton; category=Shirts
organic cotton t-shirt => material=Organic Cotton; category=T-Shirts
linen dress with pockets => material=Linen; category=Dresses
suede boots for ladies => material=Suede; category=Boots; gender=~women
denim skirt => material=Denim; category=Skirts
dress in silk => category=Dresses; material=Silk
skirt made of leather => category=Skirts; material=Leather
gold watch => colour=~gold; category=Watches
rose gold watch => colour=Rose Gold; category=Watches
silver sandals => colour=Silver; category=Sandals
pink or purple dress => colour=Pink|Purple; category=Dresses
blue, green or red shirt => colour=Blue|Light Blue|Navy|Green|Red|Red/White; category=Shirts
black/white t-shirt => colour=Black|White|Red/White; category=T-Shirts
brown boots under 150$ => colour=Brown; category=Boots; price<150
boots under $150.00 => category=Boots; price<150
boots up to 150 usd => category=Boots; price<=150
boots max 150 => category=Boots; price<=150
boots maximum $150 => category=Boots; price<=150
boots for less than 100 bucks => category=Boots; price<100
boots not more than 100 => category=Boots; price<=100
boots no more than $100 => category=Boots; price<=100
boots at most 100 => category=Boots; price<=100
handbags over $200 => category=Handbags; price>200
handbag more than 200 dollars => category=Handbags; price>200
watches above 300 => category=Watches; price>300
watch from $100 => category=Watches; price>=100
watch at least $100 => category=Watches; price>=100
watches $100+ => category=Watches; price>=100
mugs $10-$20 => category=Mugs; price=10..20
mugs $10-20 => category=Mugs; price=10..20
mug 10 to 20 dollars => category=Mugs; price=10..20
mug 10 - 20 usd => category=Mugs; price=10..20
mug between 10 and 20 => category=Mugs; price=10..20
mug from 10 to 20 dollars => category=Mugs; price=10..20
mug between $20 and $10 => category=Mugs; price=10..20
scarf around 30 => category=Scarves; price=24..36
scarf about $30 => category=Scarves; price=24..36
scarf ~30 dollars => category=Scarves; price=24..36
$25 mug => category=Mugs; price<=25
wallet for 40 dollars => category=Wallets; price<=40
wallet under 1k => category=Wallets; price<1000
jacket up to 1.5k => category=Jackets; price<=1500
EUR: jacket less than 1.299,50 € => category=Jackets; price<1299.5
jacket under $1,299.50 => category=Jackets; price<1299.5
jacket under 1,299 => category=Jackets; price<1299
EUR: jacket under 50 EUR => category=Jackets; price<50
EUR: jacket under 49,99 EUR => category=Jackets; price<49.99
EUR: jacket under €49.99 => category=Jackets; price<49.99
EUR: jackets 50€ - 100€ => category=Jackets; price=50..100
GBP: sweater under £50 => category=Sweaters; price<50
GBP: sweater 50 quid => category=Sweaters; price<=50
GBP: sweater under fifty => category=Sweaters; price<50
GBP: sweaters between 20 and 30 pounds => category=Sweaters; price=20..30
sweater under £50 => category=Sweaters; price?
EUR: sweater under 50 dollars => category=Sweaters; price?
dress not black => category=Dresses; !colour=Black
dress not black or brown => category=Dresses; !colour=Black|Brown
dress but not red => category=Dresses; !colour=~red
dresses, anything but black => category=Dresses; !colour=Black
dress any colour except pink => category=Dresses; !colour=Pink
sneakers other than white => category=Sneakers; !colour=~white
jacket without leather => category=Jackets; !material=Leather
non-leather jacket => category=Jackets; !material=Leather
non leather handbags => category=Handbags; !material=Leather
leather-free wallet => category=Wallets; !material=Leather
dress no polyester => category=Dresses; !material=Polyester
shirt without stripes => category=Shirts; !text=stripes
plain dress no print => category=Dresses; !text=print
jacket without hood => category=Jackets; !text=hood
sneakers not nike => category=Sneakers; !brand=Nike
sneakers no nike or adidas => category=Sneakers; !brand=Nike|Adidas
running shoes -nike => category=Running Shoes; !brand=Nike
red dress not from gap => colour=~red; category=Dresses; !brand=Gap
black boots, no suede, under 200 => colour=Black; category=Boots; !material=Suede; price<200
i'm looking for a green skirt => colour=Green; category=Skirts
show me yellow mugs please => colour=Yellow; category=Mugs
do you have orange frying pans? => colour=Orange; category=Frying Pans
I need a hammer => category=Hammers
cheap running shoes => price<=guess; category=Running Shoes
affordable handbags for women => price<=guess; category=Handbags; gender=~women
bleu dress => colour=~blue; category=Dresses
leahter jacket => material=Leather; category=Jackets
blck boots => colour=Black; category=Boots
addidas sneakers => brand=Adidas; category=Sneakers
dréss in bléu => category=Dresses; colour=~blue
jeans => category=Jeans
dresses => category=Dresses
black => colour=Black
nike => brand=Nike
Nike Adidas => brand=Nike|Adidas
watch 38 mm => category=Watches
frying pan 28 cm => category=Frying Pans
running shoes at least 4 star => category=Running Shoes
warm clothes for winter => category=Apparel
shoes for her under 100 => category=Footwear; gender=~women; price<100
footwear for men => category=Footwear; gender=~men
womens black leather boots size 39 => gender=~women; colour=Black; material=Leather; category=Boots; size=39
slim fit jeans for men in black, under 80 => category=Jeans; gender=~men; colour=Black; price<80
something nice for summer =>
birthday present =>
"""

TRAPS = """
Black & Decker drill => brand=Black & Decker; category=Drills
black and decker => brand=Black & Decker
orange black and decker drill => colour=Orange; brand=Black & Decker; category=Drills
Orange juicer => category=Juicers
electric orange juicer under $60 => category=Juicers; price<60
orange drill => colour=Orange; category=Drills
Size matters mug => category=Mugs
size matters =>
under armour under 50 => brand=Under Armour; price<50
under armour => brand=Under Armour
under armour t-shirt under $30 => brand=Under Armour; category=T-Shirts; price<30
Gap between dress => category=Dresses
mind the gap =>
gap year =>
guess who =>
guess how much i love you =>
what happens next =>
the next big thing =>
next day delivery =>
diesel engine handbook =>
like a boss =>
boss baby =>
fossil hunting =>
red bull => brand=Red Bull
red bull 250 ml => brand=Red Bull
blue ray player => category=Players
white noise machine =>
gold standard whey =>
pink floyd poster => category=Posters
pink floyd =>
brown rice => category=Rice
brown boots with red laces => colour=Brown; category=Boots
black forest tin =>
blue cheese knife => category=Knives
black mirror book => category=Books
silk road =>
leather conditioner =>
wool wash =>
cotton candy maker =>
glass cleaner =>
steel wool =>
wood glue => category=Glue
shoe rack =>
shoe polish =>
boot jack =>
shirt folding board =>
dress form =>
watch winder =>
knife block =>
drill bits => category=Bits
jacket potato =>
olive oil => category=Oil
iphone 12 =>
iphone 12 pro max case => category=Phone Cases
iphone 14 leather case under 50 => material=Leather; category=Phone Cases; price<50
levi's 501 jeans => brand=Levi's; category=Jeans
501 jeans => category=Jeans
nike air max 90 => brand=Nike
air max 97 under 150 => price<150
new balance 574 => brand=New Balance
no show socks => category=Socks
no smoking sign => category=Signs
under 18 sign => category=Signs
doctors without borders =>
nothing but thieves =>
non-stick frying pan => category=Frying Pans
little women =>
men in black poster => category=Posters
iron man mug => category=Mugs
boys don't cry =>
girl with a pearl earring =>
cheap trick poster => category=Posters
1984 =>
1984 book => category=Books
posters between 1960 and 1970 => category=Posters
dresses for women over 50 => category=Dresses; gender=~women
toys for kids under 5 => category=Toys; gender=~kids
medium roast coffee => category=Coffee
large print bible =>
gift card =>
sign no 5 => category=Signs
yellow submarine mug => category=Mugs
"""

FASHION_FAMILIES = {
    "blue": "Blue|Navy Blue|Turquoise Blue",
    "green": "Green|Sea Green|Lime Green|Fluorescent Green",
    "grey": "Grey|Grey Melange",
    "brown": "Brown|Coffee Brown|Mushroom Brown",
    "white": "White|Off White",
    "women": "Women|Unisex",
    "men": "Men|Unisex",
    "kids": "Boys|Girls",
}

FASHION = """
blue shirts for men => colour=~blue; category=Shirts; gender=~men
black women's heels => colour=Black; category=Heels; gender=~women
red tape shoes => category=Shoes
red tape =>
adidas sports shoes => category=Sports Shoes
navy t-shirt for boys => colour=Navy Blue; category=Tshirts; gender=Boys
watches for ladies under 50 => category=Watches; gender=~women; price?
backpack => category=Backpacks
rucksack => category=Rucksacks
flip flops men => category=Flip Flops; gender=~men
women kurta not red => gender=~women; category=Kurtas; !colour=Red
t shirt not white or grey => category=Tshirts; !colour=~white|~grey
sari => category=Saree|Sarees
green saree => colour=~green; category=Saree|Sarees
dress => category=Dress|Dresses
pink nail polish => colour=Pink; category=Nail Polish
leather wallet => category=Wallets
sunglasses unisex => category=Sunglasses; gender=Unisex
grey track pants => colour=~grey; category=Track Pants
women's tops without stripes => gender=~women; category=Tops; !text=stripes
boys shorts size 10 => gender=Boys; category=Shorts
formal shoes brown => category=Formal Shoes; colour=~brown
handbag not black => category=Handbags; !colour=Black
silver earrings => colour=Silver; category=Earrings
men's belt => gender=~men; category=Belts
purple lipstick => colour=Purple; category=Lipstick
shoes => category=Shoes
jeans for men blue => category=Jeans; gender=~men; colour=~blue
white and blue sports shoes => colour=~white|~blue; category=Sports Shoes
off white kurta => colour=Off White; category=Kurtas
footwear for girls => category=Footwear; gender=Girls
deodorant for men => category=Deodorant; gender=~men
kids t-shirts => gender=~kids; category=Tshirts
socks => category=Socks
casual shoes => category=Casual Shoes
red chief sandals => category=Sandal|Sandals
united colors of benetton sunglasses => category=Sunglasses
peter england shirt => category=Shirts
fruit of the loom socks => category=Socks
black jacket women => colour=Black; category=Jackets; gender=~women
perfume => category=Perfume and Body Mist|Perfumes
cheap watch => price?; category=Watches
ray ban aviator =>
yellow polo t-shirt => colour=Yellow; category=Tshirts
"""

CHANGED = """
cheaper => price<100
but cheaper => price<100
less expensive => price<100
something cheaper please => price<100
more expensive => price>100
but blue => colour=~blue
in blue => colour=~blue
blue => colour=~blue
but not red => !colour=~red
same but in white or grey => colour=Red/White|White|Grey
but blue and cheaper => colour=~blue; price<100
same brand => brand=Nike
the same brand but black => brand=Nike; colour=Black
other brand => !brand=Nike
from another brand => !brand=Nike
a different brand, cheaper => !brand=Nike; price<100
same colour => colour=Red
another colour => !colour=Red
in the same size => size=42
in leather => material=Leather
made of wool => material=~wool
but not leather => !material=Leather
for women => gender=~women
for her => gender=~women
for kids => gender=~kids
size 38 => size=38
in size 38 => size=38
under 50 => price<50
under $50 in black => price<50; colour=Black
by adidas => brand=Adidas
but from Puma => brand=Puma
without stripes => !text=stripes
with stripes => text=stripes
but hooded =>  text=hooded
like this but for women and under 80 => gender=~women; price<80
"""

LATER = """
womens trainers size 40 white leather => gender=~women; category=Sneakers; size=40; colour=~white; material=Leather
yellow or orange mug under 15 => colour=Yellow|Orange; category=Mugs; price<15
puma t-shirt not polyester => brand=Puma; category=T-Shirts; !material=Polyester
knife with wooden handle => category=Knives
wooden hammer => material=Wood; category=Hammers
makita cordless drill => brand=Makita; category=Drills
looking for a black suit => colour=Black
men's wallet in brown leather, max 60 => gender=~men; category=Wallets; colour=Brown; material=Leather; price<=60
casio watch under a hundred => brand=Casio; category=Watches; price<100
silver casio => colour=Silver; brand=Casio
boys jacket size S => gender=Boys; category=Jackets; size=S
beige trousers => colour=Beige
skirts for girls between $20 and $35 => category=Skirts; gender=Girls; price=20..35
polyester dress => material=Polyester; category=Dresses
jeans 501 black => category=Jeans; colour=Black
dark blue jeans => colour=~blue; category=Jeans
non-polyester t-shirts => !material=Polyester; category=T-Shirts
ladies sandals gold or silver size 38 => gender=~women; category=Sandals; colour=~gold|Silver; size=38
sunglasses by gap => category=Sunglasses; brand=Gap
next jeans under 60 => brand=Next; category=Jeans; price<60
boss sweater grey => brand=Boss; category=Sweaters; colour=Grey
cheap blue t-shirts for boys => price<=guess; colour=~blue; category=T-Shirts; gender=Boys
the north face boots size 44 => brand=The North Face; category=Boots; size=44
adidas 2024 collection => brand=Adidas
books about gold => category=Books
green tea => category=Tea
pink panther =>
dress under 100 not polyester or silk => category=Dresses; price<100; !material=Polyester|Silk
a mug for my dad => category=Mugs
waterproof jacket with hood => category=Jackets
something blue => colour=~blue
red hot chili peppers =>
purple rain =>
gold or silver watch for men, 100-200 dollars => colour=~gold|Silver; category=Watches; gender=~men; price=100..200
drill 18v => category=Drills
sneakers under 100 but not white => category=Sneakers; price<100; !colour=~white
linen shirt xl men => material=Linen; category=Shirts; size=XL; gender=~men
cotton socks pack of 3 => material=~cotton; category=Socks
no name =>
levis 511 size L => brand=Levi's; size=L
orange => colour=Orange
grey hooded sweater => colour=Grey; category=Sweaters
suede or leather jacket => material=Suede|Leather; category=Jackets
over the knee boots => category=Boots
"""
