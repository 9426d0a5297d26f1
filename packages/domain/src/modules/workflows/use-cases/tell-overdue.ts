import { newId, systemActor, userPrincipal } from '@intellidocs/kernel'
import { noteDigest, orgsWithOverdue } from '../chores.repository.ts'
import { overduePeople } from '../people.repository.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'

/** Called now and then while work goes on; throws when it is to stop. */
type Beat = () => void

/** One event a day for each person with tasks past their time, however often this is called on that day. Days are those of UTC. */
export async function tellOverdue(deps: WorkflowsDeps, beat: Beat): Promise<number> {
  const at = deps.clock.now()
  const day = at.toISOString().slice(0, 10)
  let told = 0
  for (const orgId of await deps.runAsSystem((tx) => orgsWithOverdue(tx, at))) {
    const actor = systemActor(orgId, newId())
    for (const { userId, tasks } of await deps.runInTx(actor, (tx) => overduePeople(tx, { orgId, at, day }), { readOnly: true })) {
      beat()
      told += await deps.runInTx(actor, async (tx) => {
        if (!await noteDigest(tx, { orgId, userId, day })) return 0
        await deps.outbox.append(tx, actor, {
          type: 'workflows.tasks-overdue.v1', payload: { userId, day, tasks }, audience: [userPrincipal(userId)],
          audit: { subjectType: 'user', subjectId: userId, data: { day, tasks } },
        })
        return 1
      })
    }
  }
  return told
}
