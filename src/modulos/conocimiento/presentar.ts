import { corta, fecha, hace, hora, numero } from '../../web/fechas.ts';
import {
  type Bloque,
  type BloqueAbierto,
  type Gemelo,
  type Importacion,
  type Importado,
  type Lista,
  PAGINA,
  PAGINA_IMPORTACION,
  type Pregunta,
  type Version,
} from './consultas.ts';
import { largoDe, MAXIMO_CONTENIDO, MAXIMO_TITULO } from './partir.ts';

export interface Entorno {
  base: string;
  zona: string;
  ahora: Date;
  /** Dirección del chat, o '' si esta nora no lo tiene. */
  chat: string;
}

export interface Vista {
  q: string;
  etiqueta: string;
  estado: 'todos' | 'activos' | 'apagados' | 'sin_uso';
  orden: 'prioridad' | 'recientes' | 'citados' | 'titulo';
  desde: number;
}

const ESTADOS: Record<Vista['estado'], string> = {
  todos: 'Todos',
  activos: 'Activos',
  apagados: 'Apagados',
  sin_uso: 'Nunca usados',
};
const ORDENES: Record<Vista['orden'], string> = {
  prioridad: 'Por prioridad',
  recientes: 'Lo último que cambió',
  citados: 'Lo que más se usa',
  titulo: 'Por nombre',
};

/** Lo que dibuja la lista. */
export function presentarLista(l: Lista, v: Vista, e: Entorno) {
  const hasta = v.desde + l.bloques.length;
  return {
    base: e.base,
    vista: v,
    bloques: l.bloques.map((b) => presentarBloque(b, e)),
    total: l.total,
    cerca: l.cerca,
    vacia: l.conteos.todos === 0,
    preguntas: l.preguntas,
    estados: Object.entries(ESTADOS).map(([clave, texto]) => ({
      texto,
      n: l.conteos[clave as Vista['estado']],
      url: urlDe(e.base, { ...v, estado: clave as Vista['estado'], desde: 0 }),
      actual: v.estado === clave,
    })),
    ordenes: Object.entries(ORDENES).map(([clave, texto]) => ({ clave, texto, actual: v.orden === clave })),
    etiquetas: l.etiquetas.map((t) => ({ ...t, actual: v.etiqueta === t.nombre })),
    tramo: l.bloques.length === 0 ? '' : `${numero(v.desde + 1)} a ${numero(hasta)} de ${numero(l.total)}`,
    anteriores: v.desde > 0 ? urlDe(e.base, { ...v, desde: Math.max(0, v.desde - PAGINA) }) : null,
    siguientes: hasta < l.total ? urlDe(e.base, { ...v, desde: hasta }) : null,
  };
}

export function presentarBloque(b: Bloque, e: Entorno) {
  return {
    id: b.id,
    nombre: nombreDe(b),
    conTitulo: b.titulo !== '',
    contenido: b.contenido,
    etiquetas: b.etiquetas,
    prioridad: b.prioridad,
    activo: b.activo,
    uso: usoDe(b, e),
    sinUso: b.citados === 0,
    url: `${e.base}/bloques/${b.id}`,
  };
}

/** El bloque abierto: sus usos y sus versiones en palabras. */
export function presentarAbierto(b: BloqueAbierto, e: Entorno) {
  return {
    id: b.id,
    nombre: nombreDe(b),
    borrado: b.borrado,
    uso: [
      {
        nombre: 'Nora lo tuvo a la vista',
        valor: veces(b.dados),
        cuando: b.ultimo_dado ? hace(b.ultimo_dado, e.ahora, e.zona) : '',
      },
      {
        nombre: 'Lo usó para responder',
        valor: veces(b.citados),
        cuando: b.ultima_cita ? hace(b.ultima_cita, e.ahora, e.zona) : '',
      },
    ],
    versiones: b.versiones.map((v, i) => presentarVersion(v, b.versiones[i + 1], i === 0 && !b.borrado, e)),
  };
}

export function presentarGemelo(g: Gemelo, e: Entorno) {
  return {
    nombre: nombreDe(g),
    contenido: g.contenido,
    parecido: `${Math.round(g.parecido * 100)} %`,
    exacto: g.exacto,
    apagado: g.activo === false,
    enArchivo: g.en_archivo === true,
    orden: g.orden ?? 0,
    url: g.id ? `${e.base}/bloques/${g.id}` : '',
  };
}

export function presentarPregunta(p: Pregunta, e: Entorno) {
  return {
    id: p.id,
    pregunta: p.pregunta,
    cuando: `${p.n === 1 ? 'Una vez' : `${numero(p.n)} veces${p.personas > 1 ? `, ${numero(p.personas)} personas` : ''}`} · ${hace(p.ultima, e.ahora, e.zona)}`,
    sugerida: p.sugerida ?? '',
    titulo: Array.from(p.pregunta.replace(/\s+/g, ' ').trim()).slice(0, MAXIMO_TITULO).join(''),
    cabe: p.sugerida !== null && largoDe(p.sugerida) <= MAXIMO_CONTENIDO,
    ensenar: `${e.base}/nuevo?pregunta=${p.id}`,
    chat: e.chat ? `${e.chat}/${p.contacto_id}` : '',
  };
}

export function presentarImportacion(i: Importacion, desde: number, e: Entorno) {
  const url = `${e.base}/importaciones/${i.id}`;
  const hasta = desde + i.bloques.length;
  return {
    id: i.id,
    url,
    archivo: i.archivo,
    avisos: i.avisos,
    guardada: i.guardada,
    bloques: i.bloques.map((b) => presentarImportado(b, i.id, e)),
    ...conteosDe(i),
    tramo: `${numero(desde + 1)} a ${numero(hasta)} de ${numero(i.total)}`,
    anteriores: desde > 0 ? `${url}?desde=${Math.max(0, desde - PAGINA_IMPORTACION)}` : null,
    siguientes: hasta < i.total ? `${url}?desde=${hasta}` : null,
  };
}

/** Lo que cambia de la vista previa al editar un bloque o al incluirlo. */
export function conteosDe(i: Pick<Importacion, 'total' | 'incluidos' | 'duplicados' | 'parecidos'>) {
  return {
    total: i.total,
    incluidos: i.incluidos,
    resumen: [
      `${i.total === 1 ? 'Un bloque' : `${numero(i.total)} bloques`}`,
      ...(i.duplicados > 0
        ? [`${i.duplicados === 1 ? 'uno ya lo sabía' : `${numero(i.duplicados)} ya los sabía`}`]
        : []),
      ...(i.parecidos > 0
        ? [`${i.parecidos === 1 ? 'uno se parece a otro' : `${numero(i.parecidos)} se parecen a otros`}`]
        : []),
    ].join(' · '),
    boton: i.incluidos === 1 ? 'Guardar 1 bloque' : `Guardar ${numero(i.incluidos)} bloques`,
  };
}

export function presentarImportado(b: Importado, importacion: string, e: Entorno) {
  return {
    id: b.id,
    orden: b.orden,
    titulo: b.titulo,
    contenido: b.contenido,
    largo: largoDe(b.contenido),
    etiquetas: b.etiquetas,
    incluir: b.incluir,
    gemelo: b.gemelo ? presentarGemelo(b.gemelo, e) : null,
    url: `${e.base}/importaciones/${importacion}/bloques/${b.id}`,
  };
}

/** `?q=…&estado=…` sin lo que está como siempre. */
export function urlDe(base: string, v: Vista): string {
  const q = new URLSearchParams();
  if (v.q) q.set('q', v.q);
  if (v.etiqueta) q.set('etiqueta', v.etiqueta);
  if (v.estado !== 'todos') q.set('estado', v.estado);
  if (v.orden !== 'prioridad') q.set('orden', v.orden);
  if (v.desde > 0) q.set('desde', String(v.desde));
  const texto = q.toString();
  return texto ? `${base}?${texto}` : base;
}

/** Cómo se le llama a un bloque: su título o el principio de lo que dice. */
export function nombreDe(b: { titulo: string; contenido: string }): string {
  if (b.titulo) return b.titulo;
  const linea = b.contenido.replace(/\s+/g, ' ').trim();
  return linea.length <= 70 ? linea : `${linea.slice(0, 69).trimEnd()}…`;
}

function usoDe(b: Bloque, e: Entorno): string {
  if (b.citados > 0)
    return `Usado ${veces(b.citados)}${b.ultima_cita ? ` · ${hace(b.ultima_cita, e.ahora, e.zona)}` : ''}`;
  return b.dados > 0 ? `A la vista ${veces(b.dados)}, nunca usado` : 'Nunca usado';
}

const ACCIONES: Record<Version['accion'], string> = {
  crear: 'Creó el bloque',
  editar: 'Lo cambió',
  restaurar: 'Trajo una versión anterior',
  borrar: 'Lo borró',
};

function presentarVersion(v: Version, anterior: Version | undefined, actual: boolean, e: Entorno) {
  return {
    version: v.version,
    accion: ACCIONES[v.accion],
    quien: v.quien ?? 'Sistema',
    cuando: `${fecha(v.creado, e.zona)}, ${hora(v.creado, e.zona)}`,
    corto: hace(v.creado, e.ahora, e.zona) || corta(v.creado, e.zona),
    cambios: anterior && v.accion !== 'borrar' ? cambiosEntre(anterior, v) : [],
    titulo: v.titulo,
    contenido: v.contenido,
    actual,
  };
}

/** Qué cambió entre dos versiones, sin el texto entero: ese se ve al abrirla. */
function cambiosEntre(a: Version, b: Version): string[] {
  const cambios: string[] = [];
  if (a.titulo !== b.titulo)
    cambios.push(`título: «${a.titulo || 'sin título'}» → «${b.titulo || 'sin título'}»`);
  if (a.contenido !== b.contenido) {
    const diferencia = largoDe(b.contenido) - largoDe(a.contenido);
    cambios.push(
      `texto${diferencia === 0 ? '' : ` (${diferencia > 0 ? '+' : '−'}${numero(Math.abs(diferencia))} caracteres)`}`,
    );
  }
  if (a.etiquetas.join('|') !== b.etiquetas.join('|'))
    cambios.push(`etiquetas: ${b.etiquetas.join(', ') || 'ninguna'}`);
  if (a.prioridad !== b.prioridad) cambios.push(`prioridad: ${a.prioridad} → ${b.prioridad}`);
  if (a.activo !== b.activo) cambios.push(b.activo ? 'encendido' : 'apagado');
  return cambios;
}

function veces(n: number): string {
  return n === 1 ? 'una vez' : `${numero(n)} veces`;
}
