/** What is known of each thing that can go wrong: the HTTP status, whether trying again can help, what may be said, and what a person can do. */
export interface Code {
  readonly status: number
  readonly retry: boolean
  readonly says: string
  readonly remedy: string
}

/** Everything that can go wrong, once. */
export const codes = {
  // ── fetch: addresses and policy
  url_invalid: no(400, 'The address is not a valid http or https URL.', 'Check the address.'),
  address_private: no(
    403,
    'The address leads into a private network.',
    'If that network is yours, allow the host with --allow-private HOST or FETCH_ALLOW_PRIVATE.',
  ),
  robots_disallowed: no(
    403,
    'The site’s robots.txt does not allow this address to be fetched.',
    'Ask the site’s owner; for a source licensed to you, set its policy to robots: ignore.',
  ),
  robots_unavailable: maybe(
    502,
    'The site’s robots.txt cannot be read, which must be taken as a refusal.',
    'It is tried again by itself.',
  ),
  // ── fetch: connections
  dns_not_found: no(502, 'There is no host of that name.', 'Check the spelling of the host.'),
  dns_failed: maybe(
    502,
    'The host’s name could not be looked up.',
    'Check this machine’s DNS; it is tried again.',
  ),
  connection_refused: maybe(
    502,
    'The host refused the connection.',
    'Is the server running, and the port right?',
  ),
  connection_lost: maybe(502, 'The connection broke off.', 'It is tried again by itself.'),
  tls_failed: no(502, 'No trusted TLS connection could be made.', 'Look at the host’s certificate.'),
  fetch_timeout: maybe(
    504,
    'The host did not answer in time.',
    'It is tried again; FETCH_TIMEOUT_MS sets the time.',
  ),
  response_invalid: no(502, 'The host’s answer is not valid HTTP.', 'The source has to mend its server.'),
  body_truncated: maybe(502, 'The answer broke off before its end.', 'It is tried again by itself.'),
  // ── fetch: answers
  redirect_invalid: no(
    502,
    'The redirect leads nowhere.',
    'Use the address that the page shows in a browser.',
  ),
  redirects_exceeded: no(502, 'Too many redirects.', 'FETCH_MAX_REDIRECTS sets how many are followed.'),
  source_forbidden: no(
    403,
    'The source refuses access.',
    'The source may want a login, a header or a fresh signed URL.',
  ),
  source_not_found: no(404, 'The source has nothing at this address.', 'Check the address.'),
  source_gone: no(
    410,
    'The source has removed it for good.',
    'Nothing; it will be taken out of the catalogue.',
  ),
  source_legal: no(451, 'The source may not show it for legal reasons.', 'Nothing; it is not tried again.'),
  source_refused: no(502, 'The source refuses this request.', 'Open the address in a browser to see why.'),
  source_busy: maybe(
    503,
    'The source asks us to come back later.',
    'It is tried again when the source says.',
  ),
  source_error: maybe(502, 'The source failed to answer.', 'It is tried again by itself.'),
  source_opted_out: no(
    403,
    'The source reserves it against being collected.',
    'Ask the site’s owner; for a source licensed to you, set its policy to optOut: ignore.',
  ),
  host_busy: maybe(503, 'The host’s turns are taken for a while.', 'It is asked when its turn comes.'),
  host_paused: maybe(
    503,
    'The host refused so often that it is left alone for a while.',
    'It is asked again by itself; magpie status says when.',
  ),
  fetch_under_way: maybe(503, 'Another worker is fetching the same address.', 'What it brings is used.'),
  body_empty: no(502, 'The answer is empty.', 'Open the address in a browser to see what it shows.'),
  body_too_large: no(413, 'The answer is larger than allowed.', 'FETCH_MAX_BYTES sets the limit.'),
  encoding_unsupported: no(
    502,
    'The answer’s content encoding is not understood.',
    'The source has to mend its server.',
  ),
  not_html: no(
    415,
    'The address does not lead to a web page.',
    'Give the address of a page that shows the pictures.',
  ),
  not_an_image: no(415, 'What came is not a picture.', 'Open the address in a browser to see what it shows.'),
  // ── imaging
  image_unsupported: no(
    415,
    'The picture is of a kind that is not read here.',
    'JPEG, PNG, WebP, GIF and AVIF are.',
  ),
  image_corrupt: no(422, 'The picture is damaged and cannot be read.', 'The source has to mend the file.'),
  image_too_large: no(413, 'The picture has more pixels than allowed.', 'IMAGING_MAX_PIXELS sets the limit.'),
  image_crashed: maybe(
    422,
    'The picture took the decoder down.',
    'It is tried once more, then left; report the picture.',
  ),
  image_too_slow: maybe(
    422,
    'The picture could not be decoded in time.',
    'It is tried once more, then left; IMAGING_TIMEOUT_MS sets the time.',
  ),
  // ── discovery
  page_empty: no(422, 'The page is empty.', 'Open it in a browser; it may be filled in by scripts.'),
  // ── fetch: rendering
  browser_missing: maybe(
    501,
    'Rendering a page needs a browser, and none was found.',
    'npm install playwright-core @sparticuz/chromium, or name an installed Chromium with RENDER_BROWSER.',
  ),
  browser_failed: maybe(
    500,
    'The browser does not start.',
    'Start it by hand to see why, or name another with RENDER_BROWSER.',
  ),
  render_failed: maybe(
    502,
    'The page took the browser down.',
    'It is tried again; with render: never the page is read as it was sent.',
  ),
  // ── storage
  blob_not_found: no(404, 'The store has no such blob.', 'Run magpie verify.'),
  blob_damaged: no(500, 'The store holds other bytes than were put.', 'Run magpie verify.'),
  store_unavailable: maybe(
    503,
    'The store cannot be reached.',
    'Check the store; the work goes on when it is back.',
  ),
  store_refused: maybe(
    502,
    'The store does not take this blob.',
    'It is tried again; look at the store’s log.',
  ),
  store_full: maybe(507, 'The disk is full.', 'Make room; the work goes on by itself.'),
  // ── queue
  job_not_found: no(404, 'There is no such job.', 'Finished jobs are kept for a day; see magpie jobs.'),
  job_cancelled: no(409, 'The job was cancelled by hand.', 'Bring it back with magpie retry.'),
  job_crashed: no(
    500,
    'The job took its worker down three times.',
    'Look at its arguments, then bring it back with magpie retry.',
  ),
  job_too_slow: maybe(504, 'The job did not end in time.', 'It is tried again by itself.'),
  // ── catalog
  catalog_not_found: no(404, 'There is no catalogue of that name.', 'See them with magpie status.'),
  item_not_found: no(404, 'There is no such item.', 'It may have been removed.'),
  image_not_found: no(404, 'There is no such image.', 'It may have been removed.'),
  image_not_ready: maybe(503, 'The image is not here yet.', 'Ask again in a moment.'),
  image_not_shown: no(
    404,
    'The image was rejected or could not be had.',
    'The list of its item’s images says why.',
  ),
  sweep_braked: no(
    409,
    'The sweep would remove too much.',
    'See what with --dry-run; allow more with --max-share 1.',
  ),
  variant_unknown: no(404, 'There is no such variant.', 'The variants are thumb, large and full.'),
  // ── this machine, this program
  data_folder_in_use: no(
    423,
    'The data folder is in use by another process.',
    'Stop it, or share a PostgreSQL by DATABASE_URL.',
  ),
  data_folder_unwritable: no(
    500,
    'The data folder cannot be written to.',
    'Choose another with MAGPIE_DATA or --data.',
  ),
  database_unavailable: maybe(503, 'The database cannot be reached.', 'Check DATABASE_URL and the server.'),
  setting_invalid: no(500, 'A setting is not valid.', 'Mend the setting.'),
  input_invalid: no(400, 'The input is not valid.', 'See --help.'),
  body_unsupported: no(
    415,
    'The request’s body is of a kind that is not read here.',
    'Send JSON, with content-type: application/json.',
  ),
  file_not_found: no(404, 'There is no such file.', 'Check the path.'),
  address_in_use: no(500, 'The address is in use.', 'Choose another with --port; 0 takes a free one.'),
  address_unavailable: no(
    500,
    'That address cannot be listened on.',
    'Choose another with --host and --port.',
  ),
  route_not_found: no(404, 'There is nothing at this address.', 'See /v1/status, /v1/catalogs and /.'),
  folder_unwritable: no(500, 'The folder cannot be written to.', 'Choose another folder.'),
  interrupted: no(499, 'Stopped before it was finished.', 'Run it again: it goes on where it was stopped.'),
  internal: maybe(
    500,
    'Something went wrong inside Magpie.',
    'Run again with --verbose and report what it prints.',
  ),
} as const satisfies Record<string, Code>

function no(status: number, says: string, remedy: string): Code {
  return { status, retry: false, says, remedy }
}
function maybe(status: number, says: string, remedy: string): Code {
  return { status, retry: true, says, remedy }
}
