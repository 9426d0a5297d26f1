import type { Level, Principal, ReasonForAccess } from '@intellidocs/contracts'
import { capital } from './output.ts'

/** What a level lets somebody do, after "can". */
const CAN: Record<Level, string> = { view: 'look at it', edit: 'look at it and change it', manage: 'look at it, change it and share it' }

export type Explanation = {
  readonly who: string
  readonly what: string
  readonly level: Level | null
  readonly reasons: readonly ReasonForAccess[]
  readonly nameOf: (principal: Principal) => string
}

const WITHOUT_LEVEL: Record<Exclude<ReasonForAccess['kind'], 'owner' | 'visibility' | 'permission' | 'grant'>, string> = {
  not_member: 'They are no active member of the organization; somebody who manages its members can invite or resume them.',
  no_permission: 'Their role does not hold documents:read; somebody who manages the members can give them another role.',
  visibility_restricted: 'The document is only for those it is granted to, and nothing is granted to them; whoever manages it can grant it.',
  folder_restricted: 'A folder it lies in is only for those it is granted to, and nothing is granted to them; whoever manages the folder can grant it.',
  guest: 'They are a guest: what the organization sees is not for guests, and nothing is granted to them; whoever manages the document can grant it.',
  role_caps: 'Their role does not hold documents:edit, so more than looking counts as looking; another role would change that.',
  settling: 'A change of folders is still being worked through; it appears to them when that is done.',
}

/** Why somebody sees a document or does not, as sentences; the answer first. */
export function explainSentences({ who, what, level, reasons, nameOf }: Explanation): string[] {
  const answer = level === null ? `${who} does not see ${what}.` : `${who} sees ${what} and can ${CAN[level]}.`
  return [answer, ...reasons.map((reason) => sentenceOf(reason, nameOf))]
}

function sentenceOf(reason: ReasonForAccess, nameOf: (principal: Principal) => string): string {
  switch (reason.kind) {
    case 'owner': return 'They own it: manage.'
    case 'visibility': return `It is for the whole organization: ${reason.level}.`
    case 'permission': return 'Their role holds documents:manage for all they may look at: manage.'
    case 'grant': {
      const place = reason.folderId === null ? 'the document itself' : `the folder ${reason.folderId} that it lies in`
      return `${'user' in reason.principal ? 'They have' : `${capital(nameOf(reason.principal))} has`} a grant on ${place}: ${reason.level}.`
    }
    default: return WITHOUT_LEVEL[reason.kind]
  }
}
