import type { Site } from './site.ts'

/** Car ads: four pictures an ad in the list, on five hosts, beside dealers' logos and a ribbon over the first. */
export const mobileBg: Site = {
  name: 'mobile.bg',
  hosts: ['mobile.bg'],
  gallery: '.newAdImages, .smallPicturesGallery, #owlcarousel, .carouselimg',
  ignore: '.dealer2023, .promoLine, .logo',
  entry: 'div.item[id^="ida"]',
  entryLink: ['.zaglavie a[href]', 'a.title[href]'],
  larger: [
    { name: 'mobile.bg', from: '(?<=/photosmob/\\d+/\\d+/)(?:med|small)(?=/)', to: 'big1' },
    { name: 'mobile.bg-root', from: '(?<=/photosmob/\\d+/\\d+/)(?=\\d+_\\w+\\.\\w+$)', to: 'big1/' },
  ],
  headers: { 'accept-language': 'bg, en;q=0.5' },
}
