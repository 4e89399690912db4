import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { largerUrls, namedShape } from './larger-urls.ts'

/** URLs of real pages, where the pages at hand have one; of the others the form that the services document. */
const real: readonly (readonly [rule: string, url: string, larger: string])[] = [
  [
    'amazon',
    'https://m.media-amazon.com/images/I/41Q0Fo2UAJL._AC_US40_.jpg',
    'https://m.media-amazon.com/images/I/41Q0Fo2UAJL.jpg',
  ],
  [
    'ebay',
    'https://i.ebayimg.com/thumbs/images/g/Ww0AAOSw8BVjg203/s-l225.webp',
    'https://i.ebayimg.com/images/g/Ww0AAOSw8BVjg203/s-l1600.webp',
  ],
  [
    'etsy',
    'https://i.etsystatic.com/12418300/r/il/ffad16/2657782769/il_340x270.2657782769_6qyz.jpg',
    'https://i.etsystatic.com/12418300/r/il/ffad16/2657782769/il_fullxfull.2657782769_6qyz.jpg',
  ],
  [
    'shopify',
    'https://cdn.shopify.com/s/files/1/2700/1230/products/5601774011145-1_large.jpg?v=1529314058',
    'https://cdn.shopify.com/s/files/1/2700/1230/products/5601774011145-1.jpg?v=1529314058',
  ],
  [
    'shopify',
    'https://shop.example/cdn/shop/products/boots_200x200_crop_center@2x.jpg?v=1',
    'https://shop.example/cdn/shop/products/boots.jpg?v=1',
  ],
  [
    'query-size',
    'https://shop.example/cdn/shop/files/boots.jpg?v=1700000000&width=533',
    'https://shop.example/cdn/shop/files/boots.jpg?v=1700000000',
  ],
  [
    'aliexpress',
    'https://gd4.alicdn.com/imgextra/i4/134583372/TB2bje8gS_I8KJjy0FoXXaFnVXa_!!134583372.jpg_50x50.jpg_.webp',
    'https://gd4.alicdn.com/imgextra/i4/134583372/TB2bje8gS_I8KJjy0FoXXaFnVXa_!!134583372.jpg',
  ],
  [
    'google',
    'https://lh3.googleusercontent.com/p/AF1QipPq8=w300-h200-k-no',
    'https://lh3.googleusercontent.com/p/AF1QipPq8=s0',
  ],
  [
    'google',
    'https://1.bp.blogspot.com/-abc/XYZ/AAAA/s320/cake.jpg',
    'https://1.bp.blogspot.com/-abc/XYZ/AAAA/s0/cake.jpg',
  ],
  [
    'wix',
    'https://static.wixstatic.com/media/11062b_a1~mv2.jpg/v1/fill/w_300,h_200,al_c,q_80/tea.jpg',
    'https://static.wixstatic.com/media/11062b_a1~mv2.jpg',
  ],
  [
    'yandex',
    'https://avatars.mds.yandex.net/get-mpic/1705228/img_id6491385166301000217.jpeg/1hq',
    'https://avatars.mds.yandex.net/get-mpic/1705228/img_id6491385166301000217.jpeg/orig',
  ],
  [
    'autoscout24',
    'https://prod.pictures.autoscout24.net/listing-images/6bbf18bf_547ef700.jpg/120x90.webp',
    'https://prod.pictures.autoscout24.net/listing-images/6bbf18bf_547ef700.jpg/1280x960.webp',
  ],
  [
    'wikimedia',
    'https://upload.wikimedia.org/wikipedia/commons/thumb/a/a9/Example.jpg/220px-Example.jpg',
    'https://upload.wikimedia.org/wikipedia/commons/a/a9/Example.jpg',
  ],
  [
    'squarespace',
    'https://images.squarespace-cdn.com/content/v1/5e/16/cup.jpg?format=300w',
    'https://images.squarespace-cdn.com/content/v1/5e/16/cup.jpg?format=2500w',
  ],
  [
    'proxy',
    'https://images.weserv.nl/?url=https%3A%2F%2Fcdn.teslahunt.io%2FW0rY5NKMhWd1xGr_r_qt5.jpeg&l=9&af=&n=-1&w=192',
    'https://cdn.teslahunt.io/W0rY5NKMhWd1xGr_r_qt5.jpeg',
  ],
  [
    'proxy',
    'https://www.webmotors.com.br/rbx/_next/image?url=%2Fstatic%2Fai_icon.webp&w=32&q=75',
    'https://www.webmotors.com.br/static/ai_icon.webp',
  ],
  [
    'scene7',
    'https://target.scene7.com/is/image/Target/GUEST_44aeda52?wid=325&hei=325&qlt=80&fmt=webp',
    'https://target.scene7.com/is/image/Target/GUEST_44aeda52?fmt=webp&wid=2000',
  ],
  [
    'cloudinary',
    'https://res.cloudinary.com/demo/image/upload/c_fill,w_300,h_200/q_auto/v1312461204/shoes/red.jpg',
    'https://res.cloudinary.com/demo/image/upload/v1312461204/shoes/red.jpg',
  ],
  [
    'cloudflare',
    'https://shop.example/cdn-cgi/image/width=300,quality=75/media/cup.jpg',
    'https://shop.example/media/cup.jpg',
  ],
  [
    'magento-cache',
    'https://www.lightup.com/media/catalog/product/cache/11/small_image/374x/9df78eab33525d08d6e5fb8d27136e95/l/e/leda19s1000047878-3000k_-00.jpg',
    'https://www.lightup.com/media/catalog/product/l/e/leda19s1000047878-3000k_-00.jpg',
  ],
  [
    'jetpack',
    'https://i0.wp.com/www.smartprix.com/bytes/wp-content/uploads/2020/04/oneplus-2.png?fit=300%2C160&ssl=1',
    'https://i0.wp.com/www.smartprix.com/bytes/wp-content/uploads/2020/04/oneplus-2.png?ssl=1',
  ],
  [
    'olx',
    'https://apollo-singapore.akamaized.net/v1/files/blghezfqcqlp1-PK/image;s=100x200;q=60',
    'https://apollo-singapore.akamaized.net/v1/files/blghezfqcqlp1-PK/image',
  ],
  [
    'query-size',
    'https://media.4rgos.it/i/Argos/9249556_R_Z001A?w=180&h=180&qlt=50&fmt=webp',
    'https://media.4rgos.it/i/Argos/9249556_R_Z001A?fmt=webp',
  ],
  [
    'query-size',
    'https://www.stockcenter.com.ar/dw/image/v2/BDTF_PRD/on/demandware.static/-/Sites-dabra-catalog/default/dw0d1438a0/products/AD_FH7901/AD_FH7901-1.JPG?sw=400&sh=400',
    'https://www.stockcenter.com.ar/dw/image/v2/BDTF_PRD/on/demandware.static/-/Sites-dabra-catalog/default/dw0d1438a0/products/AD_FH7901/AD_FH7901-1.JPG',
  ],
  [
    'query-size',
    'https://img01.ztat.net/article/spp-media-p1/8d67/a2.jpg?imwidth=762&filter=packshot',
    'https://img01.ztat.net/article/spp-media-p1/8d67/a2.jpg?filter=packshot',
  ],
  [
    'query-size',
    'https://assets.imgix.net/unsplash/bridge.jpg?ixlib=rb-4&w=640&h=480&fit=crop',
    'https://assets.imgix.net/unsplash/bridge.jpg?ixlib=rb-4',
  ],
  [
    'query-word',
    'https://www.ikea.com/gb/en/images/products/fjantig-hook-black__0710517_PE727612_S5.JPG?f=xs',
    'https://www.ikea.com/gb/en/images/products/fjantig-hook-black__0710517_PE727612_S5.JPG',
  ],
  [
    'resize-folder',
    'https://prod.pictures.autoscout24.net/dealer-info/6522-original-86788921.jpg/resize/100x50%3E/quality/90',
    'https://prod.pictures.autoscout24.net/dealer-info/6522-original-86788921.jpg',
  ],
  [
    'name-size',
    'https://www.used.ca/wp-content/uploads/2020/11/featured-image-1up-300x300.jpg',
    'https://www.used.ca/wp-content/uploads/2020/11/featured-image-1up.jpg',
  ],
  [
    'name-size',
    'https://media.rightmove.co.uk/dir/55k/54859/57755931/54859_IMG_10_0000_max_476x317.jpg',
    'https://media.rightmove.co.uk/dir/55k/54859/57755931/54859_IMG_10_0000.jpg',
  ],
  ['density', 'https://a.example/img/cup@1x.png', 'https://a.example/img/cup@2x.png'],
  [
    'name-word',
    'https://cdn.maklarhuset.se/object/imagestocopy/premarket_medium.jpg',
    'https://cdn.maklarhuset.se/object/imagestocopy/premarket.jpg',
  ],
  ['folder-word', 'https://a.example/photos/small/cup-12.jpg', 'https://a.example/photos/large/cup-12.jpg'],
]

describe('largerUrls', () => {
  it.each(real)('by the rule %s makes of %s what may be larger', (rule, url, larger) => {
    expect(largerUrls(url)[0]).toEqual({ url: larger, rule })
  })

  it.each(real)('of %s leaves alone what it has made of %s', (rule, _, larger) => {
    expect(largerUrls(larger).filter((guess) => guess.rule === rule)).toEqual([])
  })

  it('guesses first by what is known of the service', () => {
    const url = 'https://shop.example/cdn/shop/files/boots_200x200.jpg?v=1&width=200'
    expect(largerUrls(url).map(({ rule }) => rule)).toEqual(['shopify', 'query-size'])
  })

  it.each([
    ['AWS', 'https://b.s3.amazonaws.com/a-300x300.jpg?X-Amz-Algorithm=AWS4&X-Amz-Signature=ab12'],
    ['CloudFront', 'https://d1.cloudfront.net/a-300x300.jpg?Expires=17&Signature=a~b&Key-Pair-Id=K1'],
    ['Google', 'https://storage.googleapis.com/b/a-300x300.jpg?X-Goog-Signature=ab'],
    ['Azure', 'https://a.blob.core.windows.net/c/a-300x300.jpg?sv=2022-11-02&sr=b&sig=a%2Fb%3D'],
    ['Akamai', 'https://a.example/a-300x300.jpg?hdnts=exp=17~acl=/*~hmac=ab'],
    ['Fastly', 'https://a.example/a.jpg?width=300&fastly-token=17_ab'],
    ['a token', 'https://a.example/a.jpg?width=300&token=eyJhbGciOi'],
    ['imgix', 'https://a.imgix.net/a.jpg?w=300&s=9125441f5cc75a45c061e3631b6874c9'],
    ['a hash', 'https://s13.example/res.jpg?width=450&height=450&hash=79DB98416A24141ADBA2041DDF07C71A'],
    ['Cloudinary', 'https://res.cloudinary.com/demo/image/upload/s--Abc_1234--/w_300/red.jpg'],
    [
      'imgproxy',
      'https://img.example/nNXOhIgjmV_b1LAuTZEr5aRq2Eivfou_uDBzCPjKcTw/rs:fill:222:148:1/g:ce/aHR0cHM.jpg',
    ],
    ['Thumbor', 'https://img.example/2bJ3n8Y2yX5aTnKk0uQGvQn7hJk=/300x200/smart/a-300x300.jpg'],
    [
      'dims',
      'https://o.aolcdn.com/images/dims?image_uri=https%3A%2F%2Fs.yimg.com%2Fa.jpeg&width=250&signature=87876fe9',
    ],
    [
      'Brightspot',
      'https://ca-times.brightspotcdn.com/dims4/default/b7ba5c2/2147483647/strip/true/resize/320x213!/quality/75/?url=https%3A%2F%2Fa.example%2Fa.jpeg&w=3',
    ],
  ])('makes nothing up from a URL that %s has signed', (_, url) => {
    expect(largerUrls(url)).toEqual([])
  })

  it.each([
    ['a name without a size', 'https://a.example/p/cup.jpg'],
    ['a version', 'https://a.example/p/cup.jpg?v=1612345678'],
    ['a large size', 'https://a.example/p/cup-2048x1536.jpg'],
    ['a large width', 'https://a.example/p/cup.jpg?w=2400'],
    ['a large token of eBay', 'https://i.ebayimg.com/images/g/Ww0AAOSw8BVjg203/s-l1600.jpg'],
    ['a name that is a size', 'https://a.example/p/300x200.jpg'],
    ['a number that is no size', 'https://a.example/i?id=1&w=3'],
    ['a model with an x', 'https://a.example/p/bmw-x5-4x4.jpg'],
    ['a dense picture', 'https://a.example/p/cup@2x.jpg'],
    ['a word within a name', 'https://a.example/p/small-cup.jpg'],
    ["a shared page's address", 'https://t.example/share?url=https%3A%2F%2Fa.example%2Fpage.html&text=a'],
    ["an icon of Amazon's own", 'https://m.media-amazon.com/images/G/01/snake._CB485935611_.gif'],
    ['an upload of Cloudinary without steps', 'https://res.cloudinary.com/demo/image/upload/v1/a_b/red.jpg'],
    ['inline data', 'data:image/png;base64,iVBORw0KGgo='],
    ['no URL', 'cup-300x300.jpg'],
  ])('makes nothing up from %s', (_, url) => {
    expect(largerUrls(url)).toEqual([])
  })

  it("keeps a proxy's original that is no web address out", () => {
    expect(largerUrls('https://wsrv.nl/?url=file:///etc/passwd&w=100').map(({ rule }) => rule)).not.toContain(
      'proxy',
    )
    expect(largerUrls('https://a.example/_next/image?url=javascript:0&w=100')).toEqual([
      { url: 'https://a.example/_next/image?url=javascript:0', rule: 'query-size' },
    ])
  })

  const piece = fc.oneof(
    fc.constantFrom(...real.flatMap(([, url]) => url.split(/(?<=[/?&])/))),
    fc.webSegment(),
    fc.constantFrom(
      'a-300x300.jpg',
      '?w=300',
      '&h=2',
      '/resize/1x2',
      '%',
      '@1x.png',
      '/thumb/',
      '_small.png',
    ),
  )

  it('makes at most three valid web addresses, each another than the one it is made of, at the same host', () => {
    const url = fc
      .tuple(
        fc.constantFrom(...real.map(([, each]) => new URL(each).origin)),
        fc.array(piece, { maxLength: 6 }),
      )
      .map(([origin, pieces]) => `${origin}/${pieces.join('')}`)
    fc.assert(
      fc.property(url, (made) => {
        const guesses = largerUrls(made)
        expect(guesses.length).toBeLessThanOrEqual(3)
        for (const guess of guesses) {
          const { protocol, host, href } = new URL(guess.url)
          expect(protocol).toMatch(/^https?:$/)
          expect(href).not.toBe(new URL(made).href)
          if (guess.rule !== 'proxy') expect(host).toBe(new URL(made).host)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('is quick with a URL made to be slow', () => {
    const long = `https://a.example/${'a_b,'.repeat(2000)}/image/upload/${'w_1,'.repeat(2000)}/x${'_1x1'.repeat(1000)}`
    const since = performance.now()
    largerUrls(long)
    largerUrls(`https://lh3.googleusercontent.com/${'=w300-a'.repeat(3000)}!`)
    largerUrls(`https://a.example/catalog/product/cache/${'a/'.repeat(5000)}`)
    expect(performance.now() - since).toBeLessThan(200)
  })
})

describe('namedShape', () => {
  it.each([
    ['https://a.example/cup-300x300.jpg', 'square'],
    ['https://a.example/cup-300x225.jpg', 'box'],
    ['https://a.example/cup.jpg?sw=400&sh=400', 'square'],
    ['https://a.example/c_fill,w_300,h_200/cup.jpg', 'box'],
    ['https://a.example/cup.jpg?w=400', null],
    ['https://a.example/il_794xN.12.jpg', null],
    ['https://a.example/cup.jpg', null],
  ])('finds in %s that it is cut, or may be, as %s', (url, shape) => {
    expect(namedShape(url)).toBe(shape)
  })
})
