import type { TestOrg } from '@intellidocs/testing'
import { newId } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { browser, openLinks, type Links } from './share-links.testkit.ts'

let house: Links
let orgs: TestOrg[]
beforeAll(async () => {
  house = await openLinks()
  orgs = [await house.org(), await house.org()]
})
afterAll(() => house.close())

/** Visits that have been over for so many days, each with one look. */
const visitsOf = (org: TestOrg, { share, days, count }: { share: string; days: number; count: number }) => house.rows(
  `with made as (
    insert into share_visit (id, org_id, share_id, secret_hash, gate, address, looks, opened_at, last_at, expires_at)
    select gen_random_uuid(), $1, $2, 'x', 0, '192.0.2.0/24', 1, at - interval '12 hours', at, at from (select now() - make_interval(days => $3) as at) t, generate_series(1, $4) returning id
  ) insert into share_look (org_id, visit_id, document_id, version, page, at) select $1, id, $5, 1, 1, now() from made`, [org.org.id, share, days, count, newId()])

test('who opened links, and what they looked at, is kept for as long as the installation says, and goes in portions, of all organizations', async () => {
  const left: string[] = []
  for (const org of orgs) {
    const { share, url } = await house.link(org.owner, { documentId: await house.upload(org.owner), version: null })
    await visitsOf(org, { share: share.id, days: 91, count: 130 })
    await visitsOf(org, { share: share.id, days: 89, count: 2 })
    const visitor = browser(url)
    await visitor.open()
    left.push(share.id)
    expect((await house.sharing.shares.activity(org.owner, { id: share.id, limit: 200 })).items).toHaveLength(133)
  }
  await house.sharing.removeExpired()
  for (const [n, org] of orgs.entries()) {
    const { items } = await house.sharing.shares.activity(org.owner, { id: left[n] as never, limit: 200 })
    expect([items.length, items.filter(({ address }) => address === '192.0.2.0/24').length]).toEqual([3, 2])
    expect(await house.rows('select 1 from share_look where org_id = $1', [org.org.id])).toHaveLength(2)
  }
  await house.sharing.removeExpired()
  expect(await house.rows('select 1 from share_visit')).toHaveLength(6)
})
