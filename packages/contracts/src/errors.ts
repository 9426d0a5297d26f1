/**
 * The closed table of errors. `http` is a tRPC code and decides the HTTP status once, for tRPC and plain HTTP alike.
 * `expected` errors are the caller's business and are logged at `info`; the others are ours and are logged with their stack.
 * `message` is what a person reads; it never reveals whether something they may not see exists.
 */
export const errorTable = {
  'auth.required': { http: 'UNAUTHORIZED', expected: true, message: 'Sign in, or send an API key.' },
  'auth.invalid_credentials': { http: 'UNAUTHORIZED', expected: true, message: 'E-mail or password is wrong.' },
  'auth.second_factor_required': { http: 'UNAUTHORIZED', expected: true, message: 'Give the code of your second factor, or a recovery code.' },
  'auth.code_invalid': { http: 'FORBIDDEN', expected: true, message: 'This code is wrong, or was used already.' },
  'auth.token_invalid': { http: 'BAD_REQUEST', expected: true, message: 'This link or sign-in was used already or has expired; ask for a new one.' },
  'auth.password_wrong': { http: 'FORBIDDEN', expected: true, message: 'The password is wrong.' },
  'auth.session_required': { http: 'FORBIDDEN', expected: true, message: 'An API key cannot do this; sign in.' },
  'auth.sign_up_closed': { http: 'FORBIDDEN', expected: true, message: 'Accounts are made by invitation here; ask somebody who manages the members of an organization.' },
  'auth.account_exists': { http: 'CONFLICT', expected: true, message: 'You have an account already: sign in, then accept the invitation.' },
  'auth.second_factor_on': { http: 'CONFLICT', expected: true, message: 'Your second factor is on already; switch it off first.' },
  'auth.second_factor_off': { http: 'CONFLICT', expected: true, message: 'No second factor was begun.' },
  'session.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such session.' },
  'account.last_owner': { http: 'CONFLICT', expected: true, message: 'You are the last owner of an organization; transfer or delete it first.' },
  'auth.forbidden': {
    http: 'FORBIDDEN', expected: true,
    message: 'You lack the right to do this; an owner, an admin, or whoever manages what it is about can give it to you.',
  },
  'auth.origin': { http: 'FORBIDDEN', expected: true, message: 'This origin may not change anything with your cookie.' },
  'org.required': { http: 'BAD_REQUEST', expected: true, message: 'Name the organization in the header x-intellidocs-org.' },
  'org.not_found': { http: 'NOT_FOUND', expected: true, message: 'You belong to no such organization; whoever manages its members can invite you, or let you in again.' },
  'org.confirm': { http: 'BAD_REQUEST', expected: true, message: 'Type the short name of the organization exactly to confirm.' },
  'org.last_owner': { http: 'CONFLICT', expected: true, message: 'An organization keeps an owner who can sign in; make somebody else an owner first.' },
  'permission.exceeded': { http: 'FORBIDDEN', expected: true, message: 'Nobody gives more than they hold themselves; an owner can do this.' },
  'member.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such member.' },
  'member.stronger': { http: 'FORBIDDEN', expected: true, message: 'This member holds more than you do; an owner can change them.' },
  'member.state': { http: 'CONFLICT', expected: true, message: 'The member is in that state already, or suspended where an active one is needed.' },
  'invitation.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such invitation.' },
  'invitation.member': { http: 'CONFLICT', expected: true, message: 'This address belongs to a member already.' },
  'invitation.invalid': {
    http: 'NOT_FOUND', expected: true,
    message: 'This invitation opens nothing for you: it may be used, replaced or over, or for another address. Ask whoever invited you for a new one.',
  },
  'group.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such group.' },
  'group.name_taken': { http: 'CONFLICT', expected: true, message: 'A group of this name is already here.' },
  'role.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such role.' },
  'role.name_taken': { http: 'CONFLICT', expected: true, message: 'A role of this name is already here.' },
  'role.in_use': { http: 'CONFLICT', expected: true, message: 'Members or open invitations hold this role; give them another one first.' },
  'org.slug_taken': { http: 'CONFLICT', expected: true, message: 'This short name is taken.' },
  'api_key.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such API key.' },
  'input.invalid': { http: 'BAD_REQUEST', expected: true, message: 'The input is not valid.' },
  'input.cursor': { http: 'BAD_REQUEST', expected: true, message: 'The cursor is not one this list gave out.' },
  'procedure.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such procedure.' },
  'input.too_large': { http: 'PAYLOAD_TOO_LARGE', expected: true, message: 'This is larger than what is allowed here.' },
  'input.timeout': { http: 'TIMEOUT', expected: true, message: 'The bytes that were announced did not come in time.' },
  'rate.limited': { http: 'TOO_MANY_REQUESTS', expected: true, message: 'Too many calls; try again in a moment.' },
  'stream.limit': { http: 'TOO_MANY_REQUESTS', expected: true, message: 'Too many live streams are open; close some first.' },
  'idempotency.mismatch': { http: 'UNPROCESSABLE_CONTENT', expected: true, message: 'This idempotency key was used with other content.' },
  'idempotency.in_flight': { http: 'CONFLICT', expected: true, message: 'A request with this idempotency key is still running.' },
  'document.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such document.' },
  'document.stale': { http: 'CONFLICT', expected: true, message: 'The document was changed by somebody else; read it again.' },
  'document.state': { http: 'CONFLICT', expected: true, message: 'The document is not in a state that allows this.' },
  'document.empty': { http: 'BAD_REQUEST', expected: true, message: 'The file is empty.' },
  'document.checksum': { http: 'BAD_REQUEST', expected: true, message: 'The bytes do not have the announced checksum; send them again.' },
  'upload.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such upload; it may have expired. Begin again.' },
  'version.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such version.' },
  'folder.not_found': { http: 'NOT_FOUND', expected: true, message: 'There is no such folder.' },
  'folder.name_taken': { http: 'CONFLICT', expected: true, message: 'A folder of this name is already here.' },
  'folder.cycle': { http: 'CONFLICT', expected: true, message: 'A folder cannot be moved into itself.' },
  'folder.too_deep': { http: 'CONFLICT', expected: true, message: 'Folders cannot lie more than 32 deep.' },
  'folder.not_empty': { http: 'CONFLICT', expected: true, message: 'The folder is not empty.' },
  'grant.principal_unknown': { http: 'NOT_FOUND', expected: true, message: 'There is no such member or group.' },
  'grant.last_manager': {
    http: 'CONFLICT', expected: true, message: 'A restricted folder keeps somebody who manages it; grant manage to somebody else first.',
  },
  'audit.broken': {
    http: 'INTERNAL_SERVER_ERROR', expected: false,
    message: 'The audit is not as it was sealed; nothing was sealed or signed. Verify it to learn where.',
  },
  'blob.integrity': { http: 'INTERNAL_SERVER_ERROR', expected: false, message: 'The stored bytes do not match their checksum and were not served.' },
  'storage.full': { http: 'INSUFFICIENT_STORAGE', expected: false, message: 'The storage is full; nothing was saved. Try again later.' },
  'quota.exceeded': { http: 'FORBIDDEN', expected: true, message: 'The plan of this organization does not allow more.' },
  'service.unavailable': { http: 'SERVICE_UNAVAILABLE', expected: false, message: 'A part of the service is away; try again in a moment.' },
  'internal': { http: 'INTERNAL_SERVER_ERROR', expected: false, message: 'Something went wrong on our side.' },
} as const

export type ErrorCode = keyof typeof errorTable

/** Plain HTTP status of each `http` code above; tRPC's own table lacks 507. */
export const httpStatus = {
  BAD_REQUEST: 400, UNAUTHORIZED: 401, FORBIDDEN: 403, NOT_FOUND: 404, TIMEOUT: 408, CONFLICT: 409, PAYLOAD_TOO_LARGE: 413,
  UNPROCESSABLE_CONTENT: 422, TOO_MANY_REQUESTS: 429, INTERNAL_SERVER_ERROR: 500, SERVICE_UNAVAILABLE: 503, INSUFFICIENT_STORAGE: 507,
} as const satisfies Record<(typeof errorTable)[ErrorCode]['http'], number>
