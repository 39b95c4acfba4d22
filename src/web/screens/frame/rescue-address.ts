/** A page of its own that touches nothing of this program: it works where the program does not. */
export const RESCUE = '/rescue/';
