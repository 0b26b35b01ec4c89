import type { Conexion, CuentaEstado, VueltaVista } from '../../ads/cuentas/consultas.ts';
import { PERMISO_CAMBIAR } from '../../integraciones/meta.ts';
import { fecha, hace, hora } from '../../web/fechas.ts';
import { decirSituacion, permisoDe as comoEstaElPermiso } from './avisos.ts';

const numero = new Intl.NumberFormat('es-MX');

const CONEXION: Readonly<Record<string, [string, string]>> = {
  sin_probar: ['Sin probar', 'gris'],
  conectada: ['Conectada', 'verde'],
  por_vencer: ['Permiso por vencer', 'ambar'],
  vencida: ['Permiso vencido', 'rojo'],
  sin_permiso: ['Sin acceso', 'rojo'],
  error: ['Con problemas', 'rojo'],
};

const ETAPAS: Readonly<Record<string, string>> = {
  cuenta: 'Preguntando por la cuenta',
  estructura: 'Trayendo campañas',
  campanas: 'Trayendo conjuntos',
  conjuntos: 'Trayendo anuncios',
  anuncios: 'Contando días',
  dias: 'Trayendo cifras por día',
  alcance: 'Trayendo alcance',
};

/** Cada cuenta con cómo está, hasta cuándo vale su permiso y en qué va. */
export function presentarCuentas(cuentas: readonly CuentaEstado[], ahora: Date, zona: string) {
  return cuentas.map((c) => {
    const [estado, tono] = !c.activo
      ? ['Desconectada', 'gris']
      : c.demo
        ? ['Demostración', 'azul']
        : (CONEXION[conexionDe(c, ahora)] ?? [c.estado_conexion, 'gris']);
    const [ultima] = c.vueltas;
    const corriendo = ultima?.estado === 'corriendo';
    return {
      id: c.id,
      nombre: c.nombre,
      act: c.ad_account_id,
      pagina: c.pagina ?? '',
      donde: [c.moneda, c.zona && `hora de ${c.zona}`].filter(Boolean).join(' · '),
      estado,
      tono,
      aviso: c.activo && !c.demo ? avisoDe(c, ahora, zona) : '',
      permiso: c.demo ? 'Datos inventados, sin Meta detrás' : permisoDe(c, zona),
      traida: c.ultima_sincronizacion
        ? `Traída ${hace(c.ultima_sincronizacion, ahora, zona)}`
        : c.demo
          ? ''
          : 'Todavía no se ha traído',
      guardado: c.dias
        ? `${numero.format(c.dias)} ${c.dias === 1 ? 'día guardado' : 'días guardados'}${c.desde ? `, desde el ${fecha(`${c.desde}T12:00:00Z`, 'UTC')}` : ''}`
        : '',
      puede: {
        sincronizar: c.activo && c.conectada_con_permiso && !c.demo && !corriendo,
        desconectar: c.activo && !c.demo,
      },
      corriendo,
      avance: corriendo ? (ultima?.avance ?? 0) : 0,
      etapa: corriendo ? (ETAPAS[ultima?.etapa ?? ''] ?? 'Trayendo') : '',
      vueltas: c.vueltas.filter((v) => v.estado !== 'corriendo').map((v) => presentarVuelta(v, ahora, zona)),
    };
  });
}

/** Cada cuántos segundos vuelve a preguntar la página: seguido mientras algo llega, de vez en cuando si no. */
export function cadaCuanto(cuentas: readonly CuentaEstado[]): number {
  const vivas = cuentas.filter((c) => c.activo && !c.demo);
  if (vivas.length === 0) return 0;
  const llegando = vivas.some(
    (c) => c.vueltas[0]?.estado === 'corriendo' || (!c.ultima_sincronizacion && c.vueltas.length === 0),
  );
  return llegando ? 3 : 15;
}

/** Lo que hay que hacer con una cuenta que no está bien. */
function avisoDe(c: CuentaEstado, ahora: Date, zona: string): string {
  switch (conexionDe(c, ahora)) {
    case 'vencida':
      return 'El permiso venció o se retiró: no se trae nada y sus reportes no salen. Vuelve a conectarla.';
    case 'sin_permiso':
      return 'El permiso ya no deja ver esta cuenta. Pide acceso de anunciante y vuelve a conectarla.';
    case 'error':
      return c.vueltas[0]?.motivo ?? 'La última sincronización falló.';
    case 'por_vencer':
      return `El permiso vence ${c.token_expira ? `el ${fecha(c.token_expira, zona)}` : 'pronto'}. Vuelve a conectarla antes para no perder días.`;
    default: {
      const [ultima] = c.vueltas;
      if (ultima?.estado === 'espera' && ultima.reanudar_en && new Date(ultima.reanudar_en) > ahora)
        return `Meta pidió una pausa. Sigue sola a las ${hora(ultima.reanudar_en, zona)}; lo ya traído se conserva.`;
      if (ultima?.estado === 'fallida') return ultima.motivo ?? '';
      const situacion = decirSituacion(c.situacion);
      return (
        situacion && `Según Meta está ${situacion.toLowerCase()}: sus anuncios pueden no estar saliendo.`
      );
    }
  }
}

/** El estado guardado, o el que la fecha del permiso dice que ya es. */
function conexionDe(c: CuentaEstado, ahora: Date): string {
  const permiso = comoEstaElPermiso(c, ahora);
  return permiso === 'vencido' ? 'vencida' : permiso === 'vivo' ? c.estado_conexion : permiso;
}

function permisoDe(c: CuentaEstado, zona: string): string {
  if (!c.activo || !c.conectada_con_permiso) return 'Sin permiso guardado';
  const hasta = c.token_expira ? `vale hasta el ${fecha(c.token_expira, zona)}` : 'no vence';
  return `${c.con_agencia ? 'Permiso de la agencia' : 'Permiso propio'}, ${hasta}${c.permisos ? ` (${loQueDeja(c.permisos)})` : ''}`;
}

function presentarVuelta(v: VueltaVista, ahora: Date, zona: string) {
  const estados = {
    hecha: ['Completa', 'verde'],
    espera: ['En pausa', 'ambar'],
    fallida: ['Falló', 'rojo'],
    corriendo: ['En marcha', 'azul'],
  } as const;
  const [estado, tono] = estados[v.estado];
  return {
    cuando: hace(v.inicio, ahora, zona),
    estado,
    tono,
    detalle: v.motivo ?? `${numero.format(v.renglones)} ${v.renglones === 1 ? 'renglón' : 'renglones'}`,
  };
}

/** Lo que el permiso deja hacer, en palabras. */
function loQueDeja(permisos: readonly string[]): string {
  return permisos.includes(PERMISO_CAMBIAR) ? 'ver y cambiar' : 'sólo ver';
}

/** Lo que el permiso deja ver, para elegir. */
export function presentarConexion(c: Conexion, zona: string) {
  return {
    id: c.id,
    permisos: c.permisos.join(', '),
    vence: c.expira ? `Vence el ${fecha(c.expira, zona)}.` : 'No vence.',
    agencia: c.agencia,
    soloVer: !c.permisos.includes(PERMISO_CAMBIAR),
    cuentas: c.cuentas.map((x) => ({
      id: x.id,
      nombre: x.nombre,
      detalle: [x.id, x.moneda, `hora de ${x.zona}`].join(' · '),
      situacion: decirSituacion(x.situacion),
      marcada: c.cuentas.length === 1 || c.ya.includes(x.id),
      ya: c.ya.includes(x.id),
    })),
    paginas: c.paginas,
  };
}
