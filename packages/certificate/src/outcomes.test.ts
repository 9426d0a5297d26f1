import { describe, expect, test } from 'vitest'
import { content, signer } from './certificate.testkit.ts'
import { issueCertificate, type CertificateContent } from './signing.ts'
import { verifyCertificate } from './verify.ts'

/** What is told of a certificate that the installation signed as it is. */
async function told(change: (it: CertificateContent) => void): Promise<string[]> {
  const it = content()
  change(it)
  const { findings } = await verifyCertificate(Buffer.from(issueCertificate(signer, it)), { keys: [signer.publicKey] })
  return findings.map(({ code, at }) => (at === null ? code : `${code} ${at}`))
}

const rejectedBy = (it: CertificateContent, at: number): void => {
  it.decisions[at]!.verdict = 'reject'
  it.stages[2]!.outcome = 'rejected'
  it.run.outcome = 'rejected'
}

describe('an outcome that does not follow is told, even if the installation signed it', () => {
  const directors = 'stage.outcome directors, round 1'
  test.each<[string, (it: CertificateContent) => void, string[]]>([
    ['a rejection that the rule does not let pass', (it) => { it.decisions[1]!.verdict = 'reject' }, ['stage.outcome legal, round 2']],
    ['an approval too few', (it) => { it.decisions.splice(3, 1) }, [directors]],
    ['an approval that somebody who counts did not give', (it) => { it.unheard[1]!.end = 'stage' }, ['stage.outcome legal, round 2']],
    ['a rule that wants more', (it) => { it.stages[2]!.rule = { rule: 'all' } }, [directors]],
    ['a stage that was rejected', (it) => { it.stages[2]!.outcome = 'rejected' }, [directors, 'run.outcome']],
    ['a stage that nobody was asked in', (it) => { it.flow.stages.push('board') }, ['run.outcome']],
    ['a stage that the flow has not', (it) => { it.flow.stages.pop() }, [directors]],
    ['a stage of which nothing counts', (it) => { it.stages[1]!.counts = false }, ['run.outcome']],
    ['an older round that counts', (it) => { it.stages[0]!.counts = true }, ['stage.outcome legal, round 1']],
    ['a round twice', (it) => { it.stages.push(it.stages[2]!) }, [directors]],
    ['a decision in a round that is not', (it) => { it.decisions[3]!.round = 2 }, [directors, 'stage.outcome directors, round 2']],
    ['somebody asked in a stage that was skipped', (it) => { it.stages[2]!.outcome = 'skipped' }, [directors]],
    ['another outcome', (it) => { it.run.outcome = 'rejected' }, ['run.outcome']],
    ['a withdrawal by nobody', (it) => { it.run.outcome = 'withdrawn' }, ['run.outcome']],
    ['a time that was not over', (it) => { it.stages[2] = { ...it.stages[2]!, outcome: 'expired', atDeadline: 'expire', dueAt: '2026-12-01T00:00:00.000Z' } }, [directors, 'run.outcome']],
  ])('%s', async (_, change, expected) => { expect(await told(change)).toEqual(expected) })
})

describe('what follows holds', () => {
  test.each<[string, (it: CertificateContent) => void]>([
    ['one rejection where everybody has to approve', (it) => { rejectedBy(it, 2); it.stages[2]!.rule = { rule: 'all' } }],
    ['a veto', (it) => { rejectedBy(it, 3); it.stages[2]!.rule = { rule: 'veto', approvals: 3 } }],
    ['two rejections of three, where two approvals are needed', (it) => { rejectedBy(it, 2); it.decisions[3]!.verdict = 'reject' }],
    ['a stage that was skipped', (it) => {
      it.stages[2]!.outcome = 'skipped'
      it.decisions.splice(2)
      it.unheard.splice(2)
    }],
    ['the end of the time', (it) => {
      it.decisions.splice(3)
      it.stages[2] = { ...it.stages[2]!, outcome: 'expired', atDeadline: 'expire', dueAt: it.stages[2]!.closedAt }
      it.run.outcome = 'expired'
    }],
    ['a rejection by the end of the time', (it) => {
      it.decisions.splice(3)
      it.stages[2] = { ...it.stages[2]!, outcome: 'rejected', atDeadline: 'reject', dueAt: it.stages[2]!.openedAt }
      it.run.outcome = 'rejected'
    }],
    ['a withdrawal', (it) => { [it.run.outcome, it.run.withdrawnBy] = ['withdrawn', it.run.requester] }],
    ['the end of the document', (it) => { it.run.outcome = 'cancelled' }],
  ])('%s', async (_, change) => { expect(await told(change)).toEqual([]) })
})
