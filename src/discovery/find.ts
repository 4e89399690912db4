export { findOnPage } from './find-on-page.ts'
export { pageFinder } from './finders/page.ts'
export { largestUrl } from './largest-url.ts'
export { normalUrl } from './normal-url.ts'
