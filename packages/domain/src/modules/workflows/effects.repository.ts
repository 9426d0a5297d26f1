import type { Tx } from '@intellidocs/kernel'
import type { RunKey } from './runs.types.ts'

type Of = Pick<RunKey, 'orgId' | 'runId'>

export async function effectsDone(tx: Tx, of: Of): Promise<Set<number>> {
  return new Set((await listEffects(tx, of)).map(({ ordinal }) => ordinal))
}

export function listEffects(tx: Tx, of: Of): Promise<{ ordinal: number; fault: string | null }[]> {
  return tx.$queryRaw`select ordinal, fault from flow_effect where org_id = ${of.orgId}::uuid and run_id = ${of.runId}::uuid order by ordinal`
}

/** Once: false where it was noted before. The run has one effect less to do. */
export async function noteEffect(tx: Tx, of: Of, effect: { ordinal: number; fault: string | null }): Promise<boolean> {
  return await tx.$executeRaw`
    with noted as (
      insert into flow_effect (org_id, run_id, ordinal, state, fault)
      select r.org_id, r.id, ${effect.ordinal}::int, ${effect.fault === null ? 'done' : 'failed'}, ${effect.fault}
      from flow_run r where r.org_id = ${of.orgId}::uuid and r.id = ${of.runId}::uuid
      on conflict do nothing returning org_id, run_id
    )
    update flow_run r set effects_left = r.effects_left - 1 from noted where r.org_id = noted.org_id and r.id = noted.run_id` === 1
}
