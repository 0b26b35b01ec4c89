/** Lo que de un error se puede registrar: PostgreSQL pone valores de las filas en `detail` y en `where`. */
export interface ErrorRegistrable {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  constraint?: string;
  table?: string;
  cause?: ErrorRegistrable;
}

/** Version de un error sin datos de personas; sirve de serializador de pino. */
export function errorRegistrable(e: unknown, hondura = 0): ErrorRegistrable {
  if (!(e instanceof Error)) return { type: typeof e, message: typeof e === 'string' ? e : 'valor lanzado' };
  const { code, constraint, table } = e as { code?: unknown; constraint?: unknown; table?: unknown };
  return {
    type: e.name,
    message: e.message,
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    ...(typeof constraint === 'string' && { constraint }),
    ...(typeof table === 'string' && { table }),
    ...(e.stack && { stack: e.stack }),
    ...(e.cause instanceof Error && hondura < 3 && { cause: errorRegistrable(e.cause, hondura + 1) }),
  };
}

/** ¿Es un codigo SQLSTATE (y no uno de PostgREST)? */
export function esSqlstate(codigo: unknown): boolean {
  return typeof codigo === 'string' && /^[0-9A-Z]{5}$/.test(codigo);
}
