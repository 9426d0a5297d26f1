/** Keeps sealed passwords of files apart from everything else that the secret key seals. */
export const passwordPurpose = 'documents.password'
