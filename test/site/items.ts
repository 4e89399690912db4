/** How an item's page shows its pictures; each has a template in `galleries.ts`. */
export type Pattern =
  | 'plain'
  | 'srcset'
  | 'picture'
  | 'lazy'
  | 'css'
  | 'state'
  | 'json-ld'
  | 'microdata'
  | 'links'
  | 'base'
  | 'figures'

/** What is to become of a picture of its item, with Magpie's ordinary settings. */
export type Fate =
  | { readonly state: 'ready' }
  | { readonly state: 'rejected'; readonly because: string }
  | { readonly state: 'failed'; readonly code: string }

export interface SitePicture {
  /** The address that is to be fetched, from the site's root: of several sizes the largest. */
  readonly path: string
  /** Addresses of the same picture on the same page, none of which needs fetching. */
  readonly alsoAt?: readonly string[]
  readonly width: number
  readonly height: number
  readonly alt: string
  readonly fate: Fate
}

export interface SiteItem {
  readonly slug: string
  readonly title: string
  /** In euros. */
  readonly price: number
  readonly brand: string
  readonly about: string
  readonly pattern: Pattern
  readonly openGraph?: boolean
  /** In the page's order. */
  readonly pictures: readonly SitePicture[]
}

const ready: Fate = { state: 'ready' }
const rejected = (because: string): Fate => ({ state: 'rejected', because })
const failed = (code: string): Fate => ({ state: 'failed', code })

function picture(
  path: string,
  [width, height]: readonly [number, number],
  alt: string,
  more: { readonly fate?: Fate; readonly alsoAt?: readonly string[] } = {},
): SitePicture {
  return { path, width, height, alt, fate: ready, ...more }
}

/** All that the sample shop sells: the one place that pages, tests and expectations are made from. */
export const items: readonly SiteItem[] = [
  {
    slug: 'relaxed-jeans',
    title: 'Relaxed jeans in washed blue',
    price: 79,
    brand: 'Hollin',
    about: 'A straight, roomy leg in soft washed denim. Worn here a size up, with the cuff turned twice.',
    pattern: 'plain',
    openGraph: true,
    pictures: [
      picture(
        '/photos/relaxed-jeans.jpg',
        [1080, 1440],
        'Relaxed jeans in washed blue, worn with white trainers',
      ),
      picture('/photos/relaxed-jeans-cuff.jpg', [800, 600], 'The turned cuff of the relaxed jeans'),
    ],
  },
  {
    slug: 'slim-jeans',
    title: 'Slim jeans in indigo',
    price: 85,
    brand: 'Hollin',
    about: 'Narrow from the knee down, with a little stretch and fading where it would come anyway.',
    pattern: 'srcset',
    pictures: [
      picture('/photos/slim-jeans-1200.jpg', [1200, 1600], 'Slim jeans in indigo, seen from the front', {
        alsoAt: ['/photos/slim-jeans-400.jpg', '/photos/slim-jeans-800.jpg'],
      }),
      picture('/photos/slim-jeans-pocket@2x.jpg', [760, 760], 'Pockets of the slim jeans', {
        alsoAt: ['/photos/slim-jeans-pocket.jpg'],
      }),
    ],
  },
  {
    slug: 'ankle-jeans',
    title: 'Ankle jeans in charcoal',
    price: 82,
    brand: 'Hollin',
    about: 'High in the waist and short at the ankle, in a charcoal that keeps its colour.',
    pattern: 'picture',
    pictures: [
      picture('/photos/ankle-jeans.webp', [900, 1200], 'Ankle jeans in charcoal, worn with black shoes', {
        alsoAt: ['/photos/ankle-jeans.jpg'],
      }),
      picture('/photos/ankle-jeans-hem.jpg', [720, 630], 'The hem of the ankle jeans'),
    ],
  },
  {
    slug: 'wrap-dress',
    title: 'Red wrap dress with ruffles',
    price: 110,
    brand: 'Wren',
    about: 'Small white dots on red, a ruffled edge all the way down, and a tie at the waist.',
    pattern: 'lazy',
    pictures: [
      picture('/photos/wrap-dress.jpg', [960, 1280], 'Red wrap dress with ruffles, worn by the sea'),
      picture('/photos/wrap-dress-ruffle.jpg', [700, 700], 'Ruffles at the neck of the red wrap dress'),
    ],
  },
  {
    slug: 'linen-dress',
    title: 'Grey linen summer dress',
    price: 98,
    brand: 'Wren',
    about: 'Washed linen with thin straps and a double flounce, cool on the hottest day.',
    pattern: 'css',
    pictures: [
      picture('/photos/linen-dress.jpg', [960, 1280], 'Grey linen summer dress in the wind'),
      picture('/photos/linen-dress-hem.jpg', [800, 600], 'The double flounce of the linen dress'),
    ],
  },
  {
    slug: 'cropped-tee',
    title: 'Cropped T-shirt in pale pink',
    price: 29,
    brand: 'Wren',
    about: 'A wide neck, a short body, and cotton that is soft from the first day.',
    pattern: 'state',
    pictures: [
      picture('/photos/cropped-tee.jpg', [960, 1280], 'Cropped T-shirt in pale pink, worn with denim shorts'),
      picture('/photos/cropped-tee-sleeve.jpg', [640, 800], 'The sleeve of the cropped T-shirt'),
      picture('/photos/cropped-tee-waist.jpg', [800, 602], 'The cropped T-shirt tucked into denim shorts'),
    ],
  },
  {
    slug: 'raglan-tee',
    title: 'Raglan T-shirt in charcoal',
    price: 34,
    brand: 'Hollin',
    about: 'Black sleeves set into a flecked grey body; it goes with everything you own.',
    pattern: 'json-ld',
    pictures: [
      picture('/photos/raglan-tee.jpg', [960, 1280], 'Raglan T-shirt in charcoal, seen from the front'),
      picture('/photos/raglan-tee-collar.jpg', [760, 620], 'Collar and shoulder of the raglan T-shirt'),
      picture('/photos/raglan-tee-press.jpg', [480, 640], 'The raglan T-shirt in the press', {
        fate: rejected('a near-duplicate: the first picture, smaller and compressed again'),
      }),
    ],
  },
  {
    slug: 'motorcycle',
    title: 'Red cruiser motorcycle, one owner',
    price: 2450,
    brand: 'Private seller',
    about: 'Always kept in the workshop you see it in. New chain and tyres; the tank has one small dent.',
    pattern: 'microdata',
    openGraph: true,
    pictures: [
      picture('/photos/IMG_0433.JPG', [741, 500], 'Red cruiser motorcycle in the workshop'),
      picture('/photos/motorcycle-engine.jpg', [240, 180], 'The engine of the motorcycle', {
        fate: rejected('too small'),
      }),
    ],
  },
  {
    slug: 'botanical-prints',
    title: 'Botanical prints, set of four',
    price: 64,
    brand: 'Wren Prints',
    about: 'Four plates on heavy matt paper: bog arum, bellflower, star thistle and lacy phacelia.',
    pattern: 'links',
    pictures: [
      picture('/photos/calla.webp', [1200, 798], 'Botanical print: bog arum', {
        alsoAt: ['/photos/calla-200.jpg'],
      }),
      picture('/photos/campanula.webp', [577, 577], 'Botanical print: bellflower', {
        alsoAt: ['/photos/campanula-200.jpg'],
      }),
      picture('/photos/star-thistle.webp', [577, 577], 'Botanical print: star thistle', {
        alsoAt: ['/photos/star-thistle-200.jpg'],
      }),
      picture('/photos/phacelia.webp', [794, 1125], 'Botanical print: lacy phacelia', {
        alsoAt: ['/photos/phacelia-200.jpg'],
      }),
    ],
  },
  {
    slug: 'skylight-house',
    title: 'Skylight House, 137 m² with studio',
    price: 640_000,
    brand: 'Hollin Estates',
    about:
      'A house built around its light: a hall under glass, a stair of bent oak, and a studio to the north.',
    pattern: 'base',
    pictures: [
      picture('/estate/skylight/hall.webp', [1200, 1600], 'The hall of Skylight House under its glass roof'),
      picture('/estate/skylight/stairs.webp', [1460, 846], 'The oak stairs of Skylight House from above'),
      picture('/estate/skylight/roof.webp', [1400, 656], 'The roof of Skylight House against the sky'),
      picture('/estate/skylight/green-stair.jpg', [969, 1280], 'The green outer stair of Skylight House'),
      picture('/static/floor-plan.png', [1000, 760], 'Floor plan of Skylight House'),
    ],
  },
  {
    slug: 'stories-book',
    title: 'The Stories Book',
    price: 24,
    brand: 'Wren Press',
    about: 'Forty short stories about things that were found, lost, and found again. Clothbound, 312 pages.',
    pattern: 'figures',
    pictures: [
      picture('/photos/stories-book.webp', [1662, 1658], 'The Stories Book'),
      picture(
        '/cdn/f_auto,q_80/stories-book.webp?v=2',
        [1662, 1658],
        'The Stories Book, as in the catalogue',
        {
          fate: rejected('a duplicate: the same bytes under another address'),
        },
      ),
      picture('/photos/stories-book-cover.jpg', [840, 1000], 'The cover of The Stories Book'),
    ],
  },
  {
    slug: 'heart-badge',
    title: 'Enamel heart badge',
    price: 9,
    brand: 'Wren',
    about: 'Hard enamel in five colours on a black heart, with a pin that holds.',
    pattern: 'figures',
    pictures: [
      picture('/photos/heart-badge.jpg', [1024, 768], 'Enamel heart badges in a row'),
      picture('/photos/heart-badge-close.jpg', [620, 480], 'Enamel heart badge from close by'),
      picture('/photos/heart-badge-back.jpg', [1024, 768], 'The back of the enamel heart badge', {
        fate: failed('source_not_found'),
      }),
      picture('/photos/heart-badge-box.jpg', [1024, 768], 'The enamel heart badge in its box', {
        fate: failed('not_an_image'),
      }),
      picture('/static/photo-coming-soon.png', [800, 800], 'Photo coming soon', {
        fate: rejected('a placeholder'),
      }),
    ],
  },
  {
    slug: 'meadow-seeds',
    title: 'Wildflower meadow seeds, 200 g',
    price: 14,
    brand: 'Hollin Garden',
    about: 'Enough for thirty square metres: blanket flower, buttercup and thirty others. Sow in autumn.',
    pattern: 'figures',
    openGraph: true,
    pictures: [
      picture('/photos/meadow.webp', [594, 594], 'A wildflower meadow in bloom'),
      picture('/photos/buttercup.webp', [1600, 924], 'A buttercup from the wildflower meadow seeds'),
      picture('/photos/brunfelsia.jpg', [640, 480], 'Violet and white flowers in the second summer'),
    ],
  },
]
