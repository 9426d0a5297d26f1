import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const root = import.meta.dirname
const folders = '{apps,packages,tests,scripts,bench}'
const globalSetup = join(root, 'packages', 'testing', 'src', 'global-setup.ts')
/** What a test waits for comes in milliseconds, or later where everything runs at once. */
const expect = { poll: { timeout: 20_000 } }
const common = { root, environment: 'node' as const, pool: 'forks' as const, restoreMocks: true, unstubEnvs: true, expect, exclude: ['**/node_modules/**', '**/generated/**'] }

/** Files that take a minute or more, the slowest first. Left to their size, a small one of ten minutes would begin last and end alone. */
const slow = [
  'tests/tenancy/matrix/matrix.int.test.ts', 'apps/cli/src/backup/backup.int.test.ts', 'apps/api/src/access.int.test.ts', 'apps/api/src/link-pages/accessible.int.test.ts',
  'tests/faults/spine.fault.test.ts', 'tests/faults/worker-kills.fault.test.ts', 'tests/faults/backup-under-load.fault.test.ts', 'tests/faults/temporal-loss.fault.test.ts',
]

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const names = slow.toReversed()
    const rank = ({ moduleId }: TestSpecification): number => names.findIndex((name) => moduleId.endsWith(name))
    return (await super.sort(files)).toSorted((a, b) => rank(b) - rank(a))
  }
}

/**
 * Four kinds, told apart by the end of the file's name: `*.test.ts` needs nothing, `*.int.test.ts` needs Postgres or Temporal,
 * `*.e2e.test.ts` starts the real processes, `*.fault.test.ts` also kills them. The first two share processes, and with them what was loaded: they leave nothing behind.
 * Each file of the last two starts the whole product on ports and folders of its own, and waits much of the time for what it has killed: three of them at once.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    reporters: ['default'],
    projects: [
      {
        test: {
          ...common, name: 'unit', include: [`${folders}/**/*.test.ts`],
          exclude: [...common.exclude, '**/*.int.test.ts', '**/*.e2e.test.ts', '**/*.fault.test.ts'], testTimeout: 20_000, hookTimeout: 30_000, isolate: false,
        },
      },
      {
        test: {
          ...common, name: 'integration', include: [`${folders}/**/*.int.test.ts`], testTimeout: 60_000, hookTimeout: 180_000, isolate: false,
          ...(existsSync(globalSetup) ? { globalSetup: [globalSetup] } : {}), sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common, name: 'e2e', include: ['tests/{e2e,production}/**/*.e2e.test.ts'], testTimeout: 300_000, hookTimeout: 300_000,
          maxWorkers: 3, sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...common, name: 'faults', include: ['tests/faults/**/*.fault.test.ts'], testTimeout: 300_000, hookTimeout: 300_000,
          maxWorkers: 3, sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
