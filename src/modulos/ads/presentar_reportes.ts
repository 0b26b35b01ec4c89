import { formatosDe } from '../../ads/formatos.ts';
import { explicar } from '../../ads/reportes/avisar.ts';
import type { Cadencia } from '../../ads/periodos.ts';
import { FRASES } from '../../ads/reportes/frases.ts';
import type { CifrasReporte } from '../../ads/reportes/tipos.ts';
import { cuantos, hace, telefono } from '../../web/fechas.ts';
import type { EntregaVista, FilaReporte, Receptores } from './consultas_reportes.ts';
import { QUIENES } from './esquemas.ts';

const ESTADOS: Readonly<Record<FilaReporte['estado'], [string, string]>> = {
  borrador: ['Haciéndose', 'gris'],
  negado: ['No salió', 'rojo'],
  por_aprobar: ['Por aprobar', 'ambar'],
  listo: ['Listo', 'verde'],
};
/** Del mensaje de WhatsApp o del correo, en las palabras de la persona. */
const ENTREGAS: Readonly<Record<string, [string, string]>> = {
  pendiente: ['Por salir', 'gris'],
  enviando: ['Saliendo', 'gris'],
  en_fila: ['Por salir', 'gris'],
  enviado: ['Enviado', 'verde'],
  entregado: ['Entregado', 'verde'],
  leido: ['Leído', 'verde'],
  rebotado: ['No llegó', 'rojo'],
  fallido: ['No llegó', 'rojo'],
  incierto: ['No sabemos si llegó', 'ambar'],
  omitido: ['No se mandó', 'gris'],
};
const VARIAS: Readonly<Record<string, string>> = {
  pendiente: 'Por salir',
  enviando: 'Saliendo',
  en_fila: 'Por salir',
  enviado: 'Enviados',
  entregado: 'Entregados',
  leido: 'Leídos',
  rebotado: 'No llegaron',
  fallido: 'No llegaron',
  incierto: 'Sin saber si llegaron',
  omitido: 'No se mandaron',
};
const QUIEN: Record<(typeof QUIENES)[number], string> = {
  cliente: 'El cliente',
  cliente_final: 'El cliente final',
  ambos: 'Los dos: cliente y cliente final',
  persona: 'Otra persona',
};
const CADA = { diario: 'diario', semanal: 'semanal', mensual: 'mensual' } as const;

export function presentarFilaReporte(r: FilaReporte, base: string, zona: string) {
  const f = formatosDe('es', r.moneda);
  const [estado, tono] = ESTADOS[r.estado];
  const cifras = {
    cuenta: { moneda: r.moneda },
    total: r.total,
    faltan: r.faltan,
    gasto_cuenta: r.gasto_cuenta,
  } as unknown as CifrasReporte;
  return {
    id: r.id,
    ruta: `${base}/reportes/${r.id}`,
    nombre: FRASES.es.cadencia[r.cadencia],
    cuenta: r.cuenta,
    cuentaId: r.cuenta_id,
    cadencia: r.cadencia,
    periodo: f.periodo(r),
    estado,
    tono,
    porAprobar: r.estado === 'por_aprobar',
    listo: r.estado === 'listo',
    motivo: r.estado === 'negado' ? `No salió: ${explicar({ motivo: r.motivo, cifras })}` : '',
    gasto: r.total ? f.dinero(r.total.gasto) : '',
    entregas: Object.entries(r.entregas)
      .map(([k, n]) => `${n} ${(n === 1 ? ENTREGAS[k]?.[0] : VARIAS[k])?.toLowerCase() ?? k}`)
      .join(', '),
    creado: cuando(r.creado, zona),
    vence: r.liga_vence ? cuando(r.liga_vence, zona) : '',
    revocada: Boolean(r.liga_revocada),
  };
}

export function presentarEntregas(lista: EntregaVista[], zona: string) {
  return lista.map((e) => {
    const [estado, tono] = ENTREGAS[e.estado] ?? [e.estado, 'gris'];
    return {
      nombre: e.nombre,
      destino: e.canal === 'whatsapp' ? telefono(e.destino) : e.destino,
      canal: e.canal === 'whatsapp' ? 'WhatsApp' : 'Correo',
      estado,
      tono,
      motivo: e.motivo ?? '',
      cual: e.prueba ? 'Prueba' : e.vuelta > 1 ? `Reenvío ${e.vuelta - 1}` : 'Primera vez',
      cuando: cuando(e.leido_en ?? e.enviado_en ?? e.creado, zona),
    };
  });
}

/** Por cada cuenta y periodo, a cuántas personas se les manda un reporte en cuanto se hace. */
export function presentarAvisos(
  d: Pick<Receptores, 'receptores' | 'cuentas'>,
  cuenta: string,
): Record<Cadencia, string> {
  const revision = d.cuentas.find((c) => c.id === cuenta)?.ajustes.revision ?? false;
  const suyos = d.receptores.filter((r) => r.cuenta_id === cuenta && r.activo && !r.baja_en);
  const aviso = (cadencia: Cadencia): string => {
    const n = suyos.filter((r) => r.cadencias.includes(cadencia)).length;
    if (n === 0) return 'Nadie recibe los de este periodo: no se manda.';
    return revision
      ? `Queda por aprobar; después se mandará a ${cuantos(n, 'persona', 'personas')}.`
      : `Se mandará enseguida a ${cuantos(n, 'persona', 'personas')}.`;
  };
  return { diario: aviso('diario'), semanal: aviso('semanal'), mensual: aviso('mensual') };
}

export function presentarReceptores(d: Receptores, e: { ahora: Date; zona: string }) {
  return {
    receptores: d.receptores.map((r) => {
      const [estado, tono] = r.ultima
        ? (ENTREGAS[r.ultima.estado] ?? [r.ultima.estado, 'gris'])
        : ['', 'gris'];
      return {
        id: r.id,
        nombre: r.nombre,
        quien: QUIEN[r.quien],
        canal: r.canal === 'whatsapp' ? 'WhatsApp' : 'Correo',
        destino: r.canal === 'whatsapp' ? telefono(r.destino) : r.destino,
        cuenta: r.cuenta,
        cada: r.cadencias.map((c) => CADA[c]).join(', '),
        idioma: r.idioma === 'en' ? 'inglés' : 'español',
        baja: r.baja_en ? `Pidió no recibir más ${hace(r.baja_en, e.ahora, e.zona)}` : '',
        ultima: r.ultima ? `${estado} ${hace(r.ultima.cuando, e.ahora, e.zona)}` : 'Aún no se le manda nada',
        motivo: r.ultima?.motivo ?? '',
        tono,
      };
    }),
    cuentas: d.cuentas.map((c) => ({ id: c.id, nombre: c.nombre ?? c.ad_account_id, ajustes: c.ajustes })),
    quienes: QUIENES.map((clave) => ({ clave, texto: QUIEN[clave] })),
    plantillas: d.plantillas.map((p) => ({ id: p.id, texto: `${p.nombre} (${p.idioma})` })),
  };
}

function cuando(instante: string, zona: string): string {
  return new Date(instante).toLocaleString('es-MX', {
    timeZone: zona,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
}
