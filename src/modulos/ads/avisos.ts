import type { Cuenta } from './consultas.ts';

const DIA_MS = 86_400_000;
const DIAS_DE_AVISO = 7;

export interface Aviso {
  tono: 'rojo' | 'ambar';
  texto: string;
}

/** Cómo está el permiso ahora: la fecha manda sobre el estado guardado, que se revisa cada pocas horas. */
export function permisoDe(
  c: Pick<Cuenta, 'estado_conexion' | 'token_expira'>,
  ahora: Date,
): 'vencido' | 'sin_permiso' | 'por_vencer' | 'vivo' {
  if (c.estado_conexion === 'vencida' || c.estado_conexion === 'sin_permiso')
    return c.estado_conexion === 'vencida' ? 'vencido' : 'sin_permiso';
  const faltan = c.token_expira ? new Date(c.token_expira).getTime() - ahora.getTime() : Infinity;
  if (faltan <= 0) return 'vencido';
  return faltan <= DIAS_DE_AVISO * DIA_MS ? 'por_vencer' : 'vivo';
}

/** `hoy`, `mañana` o `en 5 días`. */
export function faltaPara(instante: string, ahora: Date): string {
  const dias = Math.max(0, Math.floor((new Date(instante).getTime() - ahora.getTime()) / DIA_MS));
  return dias === 0 ? 'en menos de un día' : dias === 1 ? 'mañana' : `en ${dias} días`;
}

/** Lo que hay que saber antes de creer las cifras. */
export function avisoDe(c: Cuenta, ahora: Date): Aviso | null {
  if (c.demo) return null;
  if (!c.activo)
    return {
      tono: 'ambar',
      texto: 'Esta cuenta está desconectada: las cifras son las que ya se habían traído y no salen reportes.',
    };
  switch (permisoDe(c, ahora)) {
    case 'vencido':
      return {
        tono: 'rojo',
        texto:
          'El permiso de Meta venció: las cifras no se actualizan y no saldrá ningún reporte hasta reconectar la cuenta.',
      };
    case 'sin_permiso':
      return {
        tono: 'rojo',
        texto:
          'Meta ya no nos da permiso sobre esta cuenta: las cifras no se actualizan y no saldrá ningún reporte.',
      };
    case 'por_vencer':
      return {
        tono: 'ambar',
        texto: `El permiso de Meta vence ${faltaPara(c.token_expira ?? '', ahora)}. Reconecta la cuenta para que los reportes no se detengan.`,
      };
    case 'vivo':
  }
  if (c.estado_conexion === 'error')
    return {
      tono: 'rojo',
      texto: 'La última conexión con Meta falló: las cifras pueden estar atrasadas.',
    };
  const situacion = decirSituacion(c.situacion);
  return situacion
    ? {
        tono: 'ambar',
        texto: `Según Meta, esta cuenta está ${situacion.toLowerCase()}: sus anuncios pueden no estar saliendo.`,
      }
    : null;
}

const SITUACIONES: Readonly<Record<number, string>> = {
  2: 'Deshabilitada por Meta',
  3: 'Con adeudo',
  7: 'En revisión de Meta',
  8: 'Por liquidar',
  9: 'En periodo de gracia',
  100: 'Por cerrarse',
  101: 'Cerrada',
};

/** account_status en palabras; vacío si está activa o no se sabe. */
export function decirSituacion(situacion: number | null): string {
  if (situacion === null || situacion === 1) return '';
  return SITUACIONES[situacion] ?? 'Meta no la reporta activa';
}
