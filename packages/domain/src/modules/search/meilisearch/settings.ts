/** The index of the passages of all organizations; keys are made for `passages*`. */
export const PASSAGES_INDEX = 'passages'
