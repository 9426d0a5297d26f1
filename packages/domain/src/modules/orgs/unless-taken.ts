import type { ErrorCode } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'

/** Runs a write that a unique index may refuse, and says so as `code`. The unit can only end then: the database takes nothing more in it. */
export async function unlessTaken<T>(code: ErrorCode, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'P2002') throw new AppError(code, { cause: error })
    throw error
  }
}
