/** Lo que una petición de Twilio puede esperar a la base, en ms: con eso se contesta 503 antes de cinco segundos. */
export const TOPE_MS = 4500;

/** @throws si `trabajo` no termina antes de `limite` (reloj de `Date.now()`) */
export async function conTope<T>(trabajo: Promise<T>, limite: number): Promise<T> {
  const tope = Promise.withResolvers<never>();
  // Un reloj simple: abortar uno de promesas crea un error con su pila en cada mensaje.
  const reloj = setTimeout(
    () => tope.reject(new Error('la base no contestó a tiempo')),
    Math.max(0, limite - Date.now()),
  );
  try {
    return await Promise.race([trabajo, tope.promise]);
  } finally {
    clearTimeout(reloj);
  }
}
