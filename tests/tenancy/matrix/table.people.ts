import type { Entry } from './entry.ts'

const WRONG = 'not the password of anybody'
const CODE = '000000'
const personal = { inPerson: 'auth.session_required' } as const

/** Accounts, sessions, the second factor and API keys. */
export const peopleTable: Readonly<Record<string, Entry>> = {
  'auth.signUp': {
    says: 'Makes an account: with an invitation, or for anybody where sign-up is open.',
    input: (_, unique) => ({ email: `${unique}@example.test`, password: WRONG, name: 'Somebody' }), ends: ['auth.sign_up_closed'],
  },
  'auth.verifyEmail': {
    says: 'Makes the account of a sign-up by the token that was mailed to its address and the password it was given.',
    input: (_, unique) => ({ token: unique, password: WRONG }), ends: ['auth.token_invalid'],
  },
  'auth.signIn': {
    says: 'Opens a session by address and password.',
    input: (_, unique) => ({ email: `${unique}@example.test`, password: WRONG, transport: 'token' }), ends: ['auth.invalid_credentials'],
  },
  'auth.secondFactor': {
    says: 'Completes a sign-in by a code of the second factor, once for each challenge.',
    input: (_, unique) => ({ challenge: unique, code: CODE, transport: 'token' }), ends: ['auth.token_invalid'],
  },
  'auth.requestPasswordReset': { says: 'Mails a link; answers alike whether there is such an account or not.', input: (_, unique) => ({ email: `${unique}@example.test` }) },
  'auth.resetPassword': {
    says: 'Sets a password by the token that was mailed.', input: (_, unique) => ({ token: unique, password: WRONG }), ends: ['auth.token_invalid'],
  },
  'auth.me': { says: 'Tells who the caller is, and what they may in the organization they name.', membersOnly: 'org.not_found' },
  'auth.signOut': { says: 'Ends the session.', ...personal, self: true },
  'auth.changePassword': {
    says: 'Sets another password; needs the present one.', ...personal,
    input: () => ({ current: WRONG, password: 'another long password', transport: 'token' }), ends: ['auth.password_wrong'],
  },
  'auth.sessions.list': { says: 'Lists the own sessions.', ...personal, input: () => ({}) },
  'auth.sessions.revoke': { says: 'Ends one of the own sessions.', ...personal, ids: { id: 'ownSession' }, input: (ids) => ({ id: ids['id'] }) },
  'auth.sessions.revokeOthers': { says: 'Ends all own sessions but the one that asks.', ...personal, self: true },
  'auth.totp.begin': {
    says: 'Makes a secret for a second factor, which asks for nothing until it is confirmed; needs the password.', ...personal,
    input: () => ({ password: WRONG }), ends: ['auth.password_wrong'],
  },
  'auth.totp.confirm': {
    says: 'Switches the second factor on; needs a code of it.', ...personal, input: () => ({ code: CODE, transport: 'token' }),
    ends: ['auth.second_factor_off', 'auth.code_invalid'],
  },
  'auth.totp.disable': {
    says: 'Switches the second factor off; needs a code of it.', ...personal, input: () => ({ code: CODE, transport: 'token' }),
    ends: ['auth.second_factor_off', 'auth.code_invalid'],
  },
  'users.get': { says: 'Reads the own profile.', ...personal },
  'users.update': { says: 'Changes the own name or language.', ...personal, input: () => ({ locale: 'pt' }) },
  'users.delete': {
    says: 'Deletes the own account; needs the password, and the last owner of an organization cannot.', ...personal,
    input: () => ({ password: WRONG }), ends: ['auth.password_wrong', 'account.last_owner'],
  },
  'users.securityLog': { says: 'Lists what concerned the security of the own account.', ...personal, input: () => ({}) },
  'users.apiKeys.create': {
    says: 'Makes a key with scopes that the caller holds; a key makes none.', inPerson: 'auth.session_required',
    input: (_, unique) => ({ name: unique, scopes: ['documents:read'] }),
  },
  'users.apiKeys.list': { says: 'Lists the own keys, never their secrets.', input: () => ({}) },
  'users.apiKeys.revoke': { says: "Ends a key: an own one, or with members:manage another's, an owner's by owners alone.", ids: { id: 'endsKey' }, input: (ids) => ({ id: ids['id'] }) },
}
