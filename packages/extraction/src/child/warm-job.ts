export async function warmJob(): Promise<void> {}
