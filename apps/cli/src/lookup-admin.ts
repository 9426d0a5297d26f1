import type { IntelliDocsClient } from '@intellidocs/client'
import type { AdminOrg, AdminUser } from '@intellidocs/contracts'
import { CommandError } from './failure.ts'
import { listAll, UUID } from './lookup.ts'
import { printable } from './output.ts'

/** An organization of the installation, by its id or short name. */
export async function findOrg({ api }: IntelliDocsClient, named: string): Promise<AdminOrg> {
  if (UUID.test(named)) {
    const { owners: _owners, counts: _counts, ...org } = await api.admin.orgs.get.query({ id: named })
    return org
  }
  const found = named === '' ? [] : await listAll((page) => api.admin.orgs.list.query({ ...page, search: named }))
  const org = found.find(({ slug }) => slug === named)
  if (org === undefined) throw new CommandError(`There is no organization ${printable(named)} here. "intellidocs admin orgs" lists them.`)
  return org
}

/** An account of the installation, by its id or address. */
export async function findAccount({ api }: IntelliDocsClient, named: string): Promise<AdminUser> {
  if (UUID.test(named)) {
    const { orgs: _orgs, ...account } = await api.admin.users.get.query({ id: named })
    return account
  }
  const found = named === '' ? [] : await listAll((page) => api.admin.users.find.query({ ...page, search: named }))
  const account = found.find(({ email }) => email === named.toLowerCase())
  if (account === undefined) throw new CommandError(`No account has the address ${printable(named)}. "intellidocs admin users PART" finds them.`)
  return account
}
