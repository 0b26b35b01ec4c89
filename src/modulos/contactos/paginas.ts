import type { Request } from 'express';
import type { Contexto } from '../../contexto.ts';
import * as fechas from '../../web/fechas.ts';
import { type Campo, type Catalogo, type FilaContacto, TOPE_CONTEO } from './consultas.ts';
import { aConsulta, contarCondiciones, describirFiltro, type Filtro, type Orden } from './filtro.ts';
import { type Entorno, presentarFila } from './presentar.ts';

/** Dirección del módulo en esta nora, sin diagonal final. */
export function baseDe(req: Request): string {
  return `/panel_cliente/${req.nora.nombre_nora}/contactos`;
}

/** Las demás pantallas que tienen abierto este contacto vuelven a pedirlo. */
export function avisarCambio(ctx: Pick<Contexto, 'vivo'>, req: Request, contacto: string): void {
  ctx.vivo.emitir(req.nora.nombre_nora, 'contacto:actualizado', { contacto_id: contacto });
}

/** Quien manda en la nora puede tocar lo que escribieron otros. */
export function manda(req: Request): boolean {
  return req.membresia === 'dueno' || req.membresia === 'admin';
}

export function entornoDe(req: Request, catalogo?: Pick<Catalogo, 'etiquetas'>): Entorno {
  return {
    base: baseDe(req),
    zona: req.nora.zona_horaria,
    usuario: req.usuario?.id ?? '',
    colores: new Map((catalogo?.etiquetas ?? []).map((e) => [e.nombre, e.color])),
    ahora: new Date(),
  };
}

/** Filas y cómo pedir las que siguen. */
export function datosFilas(
  pagina: { filas: FilaContacto[]; hay_mas: boolean },
  filtro: Filtro,
  orden: Orden,
  e: Entorno,
) {
  const ultima = pagina.hay_mas ? pagina.filas.at(-1) : undefined;
  const antes = ultima && `${orden === 'alta' ? ultima.created_at : ultima.ultimo_mensaje}_${ultima.id}`;
  const q = antes
    ? aConsulta(filtro, { orden: orden === 'alta' ? 'alta' : undefined, antes }).toString()
    : '';
  return { filas: pagina.filas.map((f) => presentarFila(f, e)), siguiente: q, base: e.base };
}

/** Lo que rodea a la lista: filtros puestos, segmentos, opciones. */
export function datosLista(filtro: Filtro, orden: Orden, total: number, catalogo: Catalogo, e: Entorno) {
  const consulta = aConsulta(filtro).toString();
  const nombres = {
    campos: new Map(catalogo.campos.map((c) => [c.clave, c.titulo])),
    anuncios: new Map(catalogo.anuncios.map((a) => [a.id, a.titulo ?? a.id])),
  };
  const condiciones = contarCondiciones(filtro);
  return {
    filtro,
    orden,
    consulta,
    total,
    totalTexto: textoTotal(total),
    condiciones,
    filtrada: condiciones > 0 || Boolean(filtro.q),
    fichas: describirFiltro(filtro, nombres),
    segmentos: catalogo.segmentos.map((s) => {
      const suya = aConsulta(s.filtro).toString();
      return { id: s.id, nombre: s.nombre, url: `${e.base}?${suya}`, actual: suya === consulta };
    }),
    etiquetas: catalogo.etiquetas.map((t) => ({ texto: t.nombre, tono: t.color })),
    campos: catalogo.campos,
    camposFiltro: catalogo.campos.flatMap((c) => entradasDe(c, filtro)),
    anuncios: catalogo.anuncios.map((a) => ({
      id: a.id,
      texto: `${a.titulo ?? a.id} (${fechas.numero(a.n)})`,
    })),
  };
}

const ENTRADAS = {
  lista: [{ op: null, dice: '', tipo: 'lista' }],
  texto: [{ op: 'contiene', dice: ' contiene', tipo: 'text' }],
  numero: [
    { op: 'min', dice: ' desde', tipo: 'number' },
    { op: 'max', dice: ' hasta', tipo: 'number' },
  ],
  fecha: [
    { op: 'min', dice: ' desde', tipo: 'date' },
    { op: 'max', dice: ' hasta', tipo: 'date' },
  ],
} as const;

/** Cómo se filtra por un campo propio: una lista se elige, un texto se busca, un número o una fecha tienen dos puntas. */
function entradasDe(c: Campo, filtro: Filtro) {
  return ENTRADAS[c.tipo].map(({ op, dice, tipo }) => ({
    nombre: `campo.${c.clave}${op ? `.${op}` : ''}`,
    titulo: `${c.titulo}${dice}`,
    tipo,
    opciones: c.opciones,
    valor: filtro.campos?.find((x) => x.clave === c.clave && (x.op ?? null) === op)?.valor ?? '',
  }));
}

/** `1,234`, o `más de 10,000` cuando ya no vale la pena seguir contando. */
export function textoTotal(total: number): string {
  return total > TOPE_CONTEO ? `más de ${fechas.numero(TOPE_CONTEO)}` : fechas.numero(total);
}
