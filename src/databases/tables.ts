import type { ColumnType, Generated } from 'kysely'

/** Read as a value, written as JSON text, so that both drivers take it the same way. */
type Json<T> = ColumnType<T, string, string>
type Timestamp = ColumnType<Date, Date | string, Date | string>
type CreatedAt = ColumnType<Date, never, never>

/** Every table, as the migrations leave them. The rooms give the columns their meaning. */
export interface Tables {
  readonly catalogs: {
    name: string
    settings: Json<unknown>
    created_at: CreatedAt
    updated_at: ColumnType<Date, never, Date>
  }
  readonly items: {
    id: string
    catalog: string
    external_id: string
    title: string
    attributes: Json<Record<string, unknown>>
    sources: Json<unknown[]>
    /** What each source answered last: its validators, and which rules read it. */
    source_states: Json<Record<string, unknown>>
    status: Generated<string>
    eligible: Generated<boolean>
    media_changed_at: string | null
    /** This item's own limits, over those of its catalogue. */
    keep: Json<Record<string, unknown>> | null
    discovered_at: Timestamp | null
    /** Why the last discovery failed; null when it went well. */
    failure: Json<Record<string, unknown>> | null
    arranged_at: Timestamp | null
    created_at: CreatedAt
    updated_at: ColumnType<Date, never, Date>
  }
  readonly images: {
    id: string
    item_id: string
    url: string
    normal_url_digest: string
    position: number
    found_in: string
    declared_primary: boolean
    alt_text: string | null
    context: string | null
    declared: Json<Record<string, number>>
    expected: Json<Record<string, unknown>>
    state: string
    version: Generated<number>
    asset_id: string | null
    rank: number | null
    score: number | null
    kind: string | null
    hero: Generated<boolean>
    verdict: Json<Record<string, unknown>> | null
    stage: string | null
    code: string | null
    message: string | null
    failed_at: Timestamp | null
    /** When a failed image is tried again by itself; null when it is not. */
    next_attempt_at: Timestamp | null
    gone_since: Timestamp | null
    validators: Json<Record<string, string>> | null
    /** What its source said of the use of it. */
    signals: Json<Record<string, unknown>> | null
    fetched_at: Timestamp | null
    /** Under which terms it was fetched; null when it holds nothing, or nobody knows. */
    terms: string | null
    /** Which URL gave its bytes; null when it was its own, or it holds nothing. */
    fetched_url: string | null
    created_at: CreatedAt
    updated_at: ColumnType<Date, never, Date>
  }
  readonly assets: {
    id: string
    store: string
    key: string
    media_type: string
    byte_size: number
    width: number
    height: number
    facts: Json<Record<string, unknown>>
    created_at: CreatedAt
    /** When an ingest last relied on it: the sweep spares what was touched within its grace period. */
    touched_at: Generated<Date>
  }
  readonly variants: {
    asset_id: string
    spec_digest: string
    name: string
    store: string
    key: string
    media_type: string
    byte_size: number
    width: number
    height: number
    created_at: CreatedAt
  }
  /** What is known of a host by all processes together; the room of hosts gives the state its meaning. */
  readonly hosts: {
    host: string
    state: Json<unknown>
    paused_until: Timestamp | null
    updated_at: ColumnType<Date, never, Date>
  }
  /** Requests under way, whoever makes them. */
  readonly turns: {
    id: string
    host: string
    url_digest: string
    holder: string
    expires_at: Timestamp
  }
  /** What hosts taught of the rules by which larger versions of their pictures are guessed. */
  readonly upgrades: {
    host: string
    rule: string
    proved: Generated<number>
    refused: Generated<number>
    refused_at: Timestamp | null
    updated_at: ColumnType<Date, never, Date>
  }
  /** Addresses that are being fetched, until what came of it is committed. */
  readonly fetches: {
    url_digest: string
    terms: string
    holder: string
    until: Timestamp
  }
  readonly workers: {
    id: string
    host: string
    pid: number
    started_at: CreatedAt
    seen_at: Generated<Date>
    running: Generated<number>
    state: string
    reason: string | null
  }
  readonly schedules: {
    name: string
    kind: string
    args: Json<Record<string, unknown>>
    cron: string
    time_zone: string
    last_run_at: Timestamp | null
    next_run_at: Timestamp
  }
}
