import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { SharedDocument } from '../documents/index.ts'
import type { SharingDeps } from './sharing.deps.ts'
import type { Place, ShownText } from './sharing.types.ts'

/** Characters of one part: a few screens, however long the sheet that is one page; and more parts than a page that is stored can have. */
const [PART_CHARACTERS, MOST_PARTS] = [20_000, 50_000]

type At = { readonly orgId: OrgId; readonly document: SharedDocument; readonly place: Place; readonly mark: string | null }

/**
 * The text of a document at a place; what lies behind the end is the end. Null: there is none, as it was not read yet, or could not be, or was opened with a
 * password, which its text would go around.
 */
export async function textOf({ documents: { shared } }: SharingDeps, tx: Tx, { orgId, document, place, mark }: At): Promise<ShownText | null> {
  const { versionId, language, sealed } = document
  const pages = document.pages ?? 0
  if (sealed || pages === 0) return null
  const page = Math.min(place.page, pages)
  const at = (part: number) => shared.text(tx, orgId, { versionId, page, from: (part - 1) * PART_CHARACTERS, length: PART_CHARACTERS })
  const asked = Math.min(place.part, MOST_PARTS)
  const found = await at(asked)
  if (found === null) return null
  const parts = Math.max(1, Math.ceil(found.characters / PART_CHARACTERS))
  const part = Math.min(asked, parts)
  const { text } = part === asked ? found : await at(part) ?? found
  return { page, pages, part, parts, text, language, mark }
}
