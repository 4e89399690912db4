import { sql, type Kysely } from 'kysely'

/** The nouns: catalogues, their items, the items' images, the assets that images show, and the assets' variants. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `create table catalogs (
    name text primary key,
    settings jsonb not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create table items (
    id uuid primary key,
    catalog text not null references catalogs on delete cascade,
    external_id text not null,
    title text not null,
    attributes jsonb not null,
    sources jsonb not null,
    source_states jsonb not null,
    status text not null default 'active' check (status in ('active', 'inactive')),
    eligible boolean not null default true,
    media_changed_at text,
    keep jsonb,
    discovered_at timestamptz,
    failure jsonb,
    arranged_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (catalog, external_id)
  )`,
  `create index items_newest on items (catalog, created_at desc, id desc)`,
  `create table assets (
    id text primary key check (id ~ '^[0-9a-f]{64}$'),
    store text not null,
    key text not null,
    media_type text not null,
    byte_size bigint not null,
    width integer not null,
    height integer not null,
    facts jsonb not null,
    created_at timestamptz not null default now(),
    touched_at timestamptz not null default now()
  )`,
  `create table images (
    id uuid primary key,
    item_id uuid not null references items on delete cascade,
    url text not null,
    normal_url_digest text not null,
    position integer not null,
    found_in text not null,
    declared_primary boolean not null,
    alt_text text,
    context text,
    declared jsonb not null,
    expected jsonb not null,
    state text not null check (state in ('pending', 'ready', 'stale', 'rejected', 'failed', 'gone')),
    version integer not null default 0,
    asset_id text references assets,
    rank integer,
    score real,
    kind text,
    hero boolean not null default false,
    verdict jsonb,
    stage text,
    code text,
    message text,
    failed_at timestamptz,
    gone_since timestamptz,
    validators jsonb,
    fetched_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (item_id, normal_url_digest),
    check (state not in ('ready', 'stale') or asset_id is not null)
  )`,
  `create unique index images_one_hero on images (item_id) where hero`,
  `create index images_waiting on images (item_id) where state in ('pending', 'stale')`,
  `create index images_by_asset on images (asset_id) where asset_id is not null`,
  `create index images_by_url on images (normal_url_digest)`,
  `create index images_failed on images (code) where state = 'failed'`,
  `create table variants (
    asset_id text not null references assets on delete cascade,
    spec_digest text not null,
    name text not null,
    store text not null,
    key text not null,
    media_type text not null,
    byte_size bigint not null,
    width integer not null,
    height integer not null,
    created_at timestamptz not null default now(),
    primary key (asset_id, spec_digest)
  )`,
]
