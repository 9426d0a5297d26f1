import { describe, expect, test } from 'vitest'
import { levels, orgsContract, type ReasonForAccess } from '@intellidocs/contracts'
import { tokenOf } from './commands/invite.ts'
import { slugOf } from './commands/orgs.ts'
import { permissionList } from './commands/roles.ts'
import { explainSentences } from './explanation.ts'

const nameOf = () => 'the group Board'
const group = { group: '0193f0c2-0000-7000-8000-000000000001' } as never
const reasons: ReasonForAccess[] = [
  { kind: 'owner', level: 'manage' }, { kind: 'visibility', level: 'edit' }, { kind: 'permission', level: 'manage' },
  { kind: 'grant', level: 'view', principal: group, documentId: 'd' as never, folderId: null },
  { kind: 'grant', level: 'edit', principal: { org: true }, documentId: null, folderId: 'f' as never },
  { kind: 'not_member' }, { kind: 'no_permission' }, { kind: 'visibility_restricted' }, { kind: 'folder_restricted' }, { kind: 'guest' },
  { kind: 'role_caps' }, { kind: 'settling' },
]

describe('an explanation', () => {
  test.each(reasons.map((reason) => [reason.kind, reason] as const))('of %s is a sentence', (_kind, reason) => {
    const [, sentence] = explainSentences({ who: 'Ada', what: 'plan.txt', level: null, reasons: [reason], nameOf })
    expect(sentence).toMatch(/^[A-Z].*\.$/)
  })

  test('begins with the answer, and says where a grant stands', () => {
    const grant: ReasonForAccess = { kind: 'grant', level: 'edit', principal: group, documentId: null, folderId: 'f' as never }
    expect(explainSentences({ who: 'Ada', what: 'plan.txt', level: 'edit', reasons: [grant], nameOf })).toEqual([
      'Ada sees plan.txt and can look at it and change it.', 'The group Board has a grant on the folder f that it lies in: edit.',
    ])
    expect(explainSentences({ who: 'Ada', what: 'plan.txt', level: null, reasons: [], nameOf })).toEqual(['Ada does not see plan.txt.'])
    for (const level of levels) expect(explainSentences({ who: 'A', what: 'b', level, reasons: [], nameOf })).toHaveLength(1)
  })
})

test.each([['Müller & Söhne', 'muller-sohne'], ['  ACME  ', 'acme'], ['a'.repeat(60), 'a'.repeat(40)], [`${'a'.repeat(39)} b`, 'a'.repeat(39)]])(
  'the short name made of %j is %j, and one that is accepted', (name, slug) => {
    expect(slugOf(name)).toBe(slug)
    expect(orgsContract.slug.safeParse(slug).success).toBe(true)
  })

test('of a name without a letter no short name is made', () => {
  expect(() => slugOf('東京')).toThrow('--slug')
})

test.each([['abc_DEF-1'], [' abc_DEF-1\n'], ['https://docs.example.org/accept-invitation#token=abc_DEF-1']])('the token of %j is read', (text) => {
  expect(tokenOf(text)).toBe('abc_DEF-1')
})

test('permissions are a closed list', () => {
  expect(permissionList('search:read, documents:read')).toEqual(['documents:read', 'search:read'])
  expect(permissionList('usage:read', ['search:read'])).toEqual(['search:read', 'usage:read'])
  for (const wrong of ['', 'documents', 'documents:read,documents:fly']) expect(() => permissionList(wrong)).toThrow('Permissions are')
})
