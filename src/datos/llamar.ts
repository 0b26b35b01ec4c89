import type { ClienteBd } from './base_de_datos.ts';

/**
 * Llama a una función de la base y devuelve su resultado con la forma que dice quien llama.
 * Los tipos generados dan Json a todo jsonb; la forma exacta la fija la migración y la prueban los tests.
 * @throws el error de la base
 */
export async function llamar<T>(bd: ClienteBd, funcion: string, datos: object): Promise<T> {
  const { data } = await bd.rpc(funcion as never, datos as never).throwOnError();
  return data as T;
}
