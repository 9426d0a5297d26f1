import { decodeCursor } from '@intellidocs/kernel'
import { z } from 'zod'

const folderKey = z.tuple([z.string().max(200), z.uuid()])

/** After which folder, by name, a page of them begins; null: with the first. @throws AppError input.cursor */
export function folderPosition(cursor: string | undefined): { name: string; id: string } | null {
  const key = cursor === undefined ? null : decodeCursor(folderKey, cursor)
  return key === null ? null : { name: key[0], id: key[1] }
}

export const folderKeyOf = ({ sortName, id }: { readonly sortName: string; readonly id: string }): z.infer<typeof folderKey> => [sortName, id]
