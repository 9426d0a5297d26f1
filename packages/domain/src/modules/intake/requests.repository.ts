import { fileKinds, type OrgId, type Sender, type SubmissionId, type UploadRequestId, type UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Position, Tx, Window } from '@intellidocs/kernel'
import type { ReceivedFile, UploadRequestRow } from './intake.types.ts'

type Key = { readonly orgId: OrgId; readonly id: UploadRequestId }
type Row = Omit<UploadRequestRow, 'kinds'> & { kinds: string[] | null }
/** What whoever made it may change. */
export type Settings = Pick<UploadRequestRow, 'title' | 'note' | 'passwordHash' | 'kinds' | 'maxFiles' | 'maxFileBytes' | 'maxTotalBytes' | 'expiresAt'>
export type NewRequest = Settings & Pick<UploadRequestRow, 'id' | 'orgId' | 'folderId' | 'createdBy' | 'createdAt'> & { readonly tokenHash: string }

const COLUMNS = Prisma.raw(`id::text, org_id::text as "orgId", folder_id::text as "folderId", created_by::text as "createdBy", title, note,
  password_hash as "passwordHash", kinds, max_files as "maxFiles", max_file_bytes::float8 as "maxFileBytes", max_total_bytes::float8 as "maxTotalBytes", files,
  bytes::float8 as bytes, expires_at as "expiresAt", revoked_at as "revokedAt", created_at as "createdAt"`)
const toRequest = (row: Row): UploadRequestRow => ({ ...row, kinds: row.kinds === null ? null : fileKinds.filter((kind) => row.kinds?.includes(kind)) })
const first = (rows: Row[]): UploadRequestRow | null => (rows[0] === undefined ? null : toRequest(rows[0]))

/** Upload requests of the organization that is set, and what came by them. Every method runs in a tenant unit unless it says otherwise. */
export const requestsRepository = {
  /** Identity unit: whose link this is. */
  async byToken(tx: Tx, tokenHash: string): Promise<Key | null> {
    const [row] = await tx.$queryRaw<Key[]>`select org_id::text as "orgId", id::text from upload_request where token_hash = ${tokenHash}`
    return row ?? null
  },
  async insert(tx: Tx, r: NewRequest): Promise<UploadRequestRow> {
    const stored = first(await tx.$queryRaw<Row[]>`
      insert into upload_request (id, org_id, folder_id, created_by, token_hash, title, note, password_hash, kinds, max_files, max_file_bytes, max_total_bytes,
        expires_at, created_at)
      values (${r.id}::uuid, ${r.orgId}::uuid, ${r.folderId}::uuid, ${r.createdBy}::uuid, ${r.tokenHash}, ${r.title}, ${r.note}, ${r.passwordHash},
        ${r.kinds === null ? null : [...r.kinds]}::text[], ${r.maxFiles}::int, ${r.maxFileBytes}::bigint, ${r.maxTotalBytes}::bigint, ${r.expiresAt}::timestamptz,
        ${r.createdAt}::timestamptz)
      returning ${COLUMNS}`)
    if (stored === null) throw new Error('an upload request was not written')
    return stored
  },
  /** Newest first. `maker` null: everybody's. */
  async list(tx: Tx, orgId: OrgId, { limit, after, maker, folderId }: Window & { maker: UserId | null; folderId: string | null }): Promise<(UploadRequestRow & { position: Position })[]> {
    const rows = await tx.$queryRaw<(Row & { cursorAt: string })[]>`
      select ${COLUMNS}, created_at::text as "cursorAt" from upload_request
      where org_id = ${orgId}::uuid and (${maker}::uuid is null or created_by = ${maker}::uuid) and (${folderId}::uuid is null or folder_id = ${folderId}::uuid)
        and (${after?.at ?? null}::timestamptz is null or (created_at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by created_at desc, id desc limit ${limit + 1}::int`
    return rows.map(({ cursorAt, ...row }) => ({ ...toRequest(row), position: { at: cursorAt, id: row.id } }))
  },
  async find(tx: Tx, { orgId, id }: Key): Promise<UploadRequestRow | null> {
    return first(await tx.$queryRaw<Row[]>`select ${COLUMNS} from upload_request where org_id = ${orgId}::uuid and id = ${id}::uuid`)
  },
  /** Held until the unit ends. */
  async lock(tx: Tx, { orgId, id }: Key): Promise<UploadRequestRow | null> {
    return first(await tx.$queryRaw<Row[]>`select ${COLUMNS} from upload_request where org_id = ${orgId}::uuid and id = ${id}::uuid for update`)
  },
  /** Null for one that is revoked. */
  async change(tx: Tx, { orgId, id }: Key, s: Settings): Promise<UploadRequestRow | null> {
    return first(await tx.$queryRaw<Row[]>`
      update upload_request set title = ${s.title}, note = ${s.note}, password_hash = ${s.passwordHash}, kinds = ${s.kinds === null ? null : [...s.kinds]}::text[],
        max_files = ${s.maxFiles}::int, max_file_bytes = ${s.maxFileBytes}::bigint, max_total_bytes = ${s.maxTotalBytes}::bigint, expires_at = ${s.expiresAt}::timestamptz
      where org_id = ${orgId}::uuid and id = ${id}::uuid and revoked_at is null returning ${COLUMNS}`)
  },
  /** Null for one that was revoked before. */
  async revoke(tx: Tx, { orgId, id }: Key, at: Date): Promise<UploadRequestRow | null> {
    return first(await tx.$queryRaw<Row[]>`
      update upload_request set revoked_at = ${at}::timestamptz where org_id = ${orgId}::uuid and id = ${id}::uuid and revoked_at is null returning ${COLUMNS}`)
  },
  /** Takes a place and the bytes for one file, if the request is open and has both. 0: nothing was taken. */
  spend(tx: Tx, { orgId, id }: Key, { size, now }: { size: number; now: Date }): Promise<number> {
    return tx.$executeRaw`
      update upload_request set files = files + 1, bytes = bytes + ${size}::bigint
      where org_id = ${orgId}::uuid and id = ${id}::uuid and revoked_at is null and expires_at > ${now}::timestamptz
        and files < max_files and ${size}::bigint <= max_file_bytes and bytes + ${size}::bigint <= max_total_bytes`
  },
  async orgName(tx: Tx, orgId: OrgId): Promise<string> {
    const [row] = await tx.$queryRaw<{ name: string }[]>`select name from org where id = ${orgId}::uuid`
    return row?.name ?? ''
  },

  /** Waits for another unit that sends the same. False: the id stands for what came by another link. */
  async enterSubmission(tx: Tx, { orgId, id }: Key, { submission, sender, at }: { submission: SubmissionId; sender: Sender; at: Date }): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`
      insert into upload_submission as s (id, org_id, request_id, sender_name, sender_email, at)
      values (${submission}::uuid, ${orgId}::uuid, ${id}::uuid, ${sender.name}, ${sender.email}, ${at}::timestamptz)
      on conflict (org_id, id) do update set sender_name = excluded.sender_name, sender_email = excluded.sender_email where s.request_id = excluded.request_id
      returning id::text`
    return rows.length === 1
  },
  /** Whoever has this address sent nothing any more: the pseudonym did. Answers how many submissions. */
  forgetSender(tx: Tx, orgId: OrgId, { email, pseudonym }: { email: string; pseudonym: string }): Promise<number> {
    return tx.$executeRaw`update upload_submission set sender_name = ${pseudonym}, sender_email = null where org_id = ${orgId}::uuid and sender_email = ${email}`
  },
  async hasSubmission(tx: Tx, { orgId, id }: Key, submission: SubmissionId): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`
      select id::text from upload_submission where org_id = ${orgId}::uuid and request_id = ${id}::uuid and id = ${submission}::uuid`
    return rows.length === 1
  },
  async insertFile(tx: Tx, orgId: OrgId, { submission, documentId, ...file }: ReceivedFile & { submission: SubmissionId; documentId: string }): Promise<void> {
    await tx.$executeRaw`
      insert into upload_file (org_id, submission_id, document_id, name, size, sha256, at)
      values (${orgId}::uuid, ${submission}::uuid, ${documentId}::uuid, ${file.name}, ${file.size}::bigint, ${file.sha256}, ${file.at}::timestamptz)`
  },
  /** In the order in which they came. */
  files(tx: Tx, orgId: OrgId, submission: SubmissionId): Promise<ReceivedFile[]> {
    return tx.$queryRaw<ReceivedFile[]>`
      select name, size::float8 as size, sha256, at from upload_file where org_id = ${orgId}::uuid and submission_id = ${submission}::uuid order by at, name`
  },
  /** False: its receipt was mailed before, or nothing came. */
  async claimReceipt(tx: Tx, { orgId, id }: Key, { submission, now }: { submission: SubmissionId; now: Date }): Promise<boolean> {
    return await tx.$executeRaw`
      update upload_submission set mailed_at = ${now}::timestamptz
      where org_id = ${orgId}::uuid and request_id = ${id}::uuid and id = ${submission}::uuid and mailed_at is null` === 1
  },
}
export type RequestsRepository = typeof requestsRepository
