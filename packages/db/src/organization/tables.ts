/** What of a table goes along with its organization. */
export type Carried = {
  /** Which rows; those of the organization when absent. `$org` stands for its id. */
  readonly where?: string
  /** Columns that stay behind: the new place gives them their defaults, or the import what it says. */
  readonly without?: readonly string[]
  /** An order of rows; that of the primary key when absent. */
  readonly order?: string
}

/**
 * Every table whose rows are an organization's and go along in its export, with what stays behind. A table with rows of organizations stands here or
 * in `leftBehind`: a test asks the catalog. What search knows goes along as well: the copy finds what the original finds at once, and from the same
 * text that people decided on, though the parsers may be newer there.
 */
export const carried: Readonly<Record<string, Carried>> = {
  // Whether it is suspended or being deleted is between it and the old place.
  org: { where: 'id = $org', without: ['status', 'purge_at', 'purge_counts', 'suspended_at', 'suspended_reason'] },
  // Whoever has the mailbox sets a password and thereby proves the address; nothing of the person's other organizations is told.
  user_account: {
    where: 'id in (select user_id from membership where org_id = $org)', without: ['password_hash', 'platform_admin', 'email_verified_at'],
  },
  org_role: {}, membership: {}, org_group: {}, group_member: {},
  // Only the secret key of the old place opens the passwords of locked files.
  folder: {}, document: {}, document_version: { without: ['password_cipher'] }, document_reader: {}, document_tag: {}, page: {}, document_sketch: {}, page_layout: {}, access_grant: {},
  // What was done is added up and billed anew, by the new place.
  usage_entry: { without: ['rolled'] },
  passage: {}, passage_keyword: {}, passage_vector: {}, search_model: { without: ['after_passage', 'made', 'worked_at'] }, kw_term: {}, kw_stat: {}, kw_delta: {},
  flow: {}, flow_version: {}, flow_run: {}, flow_step: {}, flow_task: {}, flow_decision: {}, flow_comment: {}, flow_effect: {}, flow_certificate: {},
  delegation: {}, flow_digest: {}, erased_person: {}, share_policy: {}, retention_hold: {}, retention_held: {},
  // Tombstones verify with the key of the old place, which whoever keeps them has.
  retention_rule: {}, retention_setting: {}, retention_release: {}, retention_tombstone: {},
  notification: {}, notification_preference: {}, notification_rhythm: {}, notification_digest: {},
  event: {}, analytics_org: {}, analytics_fact: {}, analytics_day: {}, analytics_month: {}, analytics_person: {}, search_query: {}, search_words: {}, search_opened: {}, search_view: {},
  // Reactions that are still to come happen in the new place, but those that would need what is left behind.
  delivery: { where: `org_id = $org and split_part(subscriber, '.', 1) not in ('mail', 'webhooks')`, without: ['state', 'attempts', 'next_at', 'last_error'] },
  // In the order of the chain, so that it can be verified while it is read. The mac is by a key of the old place.
  audit: { order: 'xid, id' },
  audit_seal: { without: ['mac'] },
  audit_checkpoint: {},
}

/** Rows of organizations that do not go along, and why. */
export const leftBehind: Readonly<Record<string, string>> = {
  api_key: 'a secret of the old place: a program is given a new key',
  invitation: 'its link leads to the old place: people are invited again',
  share: 'its address leads to the old place, and whoever has it must not find another door open: links are made anew',
  share_visit: 'belongs to a link', share_look: 'belongs to a link', share_code: 'belongs to a link',
  webhook_endpoint: 'its secret is sealed by the old place, and a receiver must not be called from both',
  webhook_delivery: 'belongs to an endpoint',
  upload_request: 'its link leads to the old place: it is made again, and what came by it goes along as documents',
  upload_submission: 'belongs to an upload request',
  upload_file: 'belongs to an upload request',
  reprocessing: 'work of the old place; what is read there goes along, and is chosen anew', reprocessing_document: 'belongs to a reprocessing',
  reindexing: 'work of the old place: it is begun anew where it is wanted',
  document_thumbnail: 'drawn again when it is asked for',
  support_access: 'a consent to the administrators of the old place', support_visit: 'belongs to a consent; the audit tells of it',
  mail_message: 'sealed by the old place, which sends it',
  subscription: 'what the new place sells is its own matter: the organization begins with the plan that every one has there',
  usage_counter: 'counted from the usage entries, against limits of the new place',
  usage_rollup: 'added up from the usage entries', usage_bill: 'what the old place billed', billing_event: 'what the payment service told the old place',
  idempotency_key: 'answers that clients of the old place may ask for again',
}
