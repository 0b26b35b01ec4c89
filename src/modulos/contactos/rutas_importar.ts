import type { Request, Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import * as fechas from '../../web/fechas.ts';
import { esFragmento, prefiereJson } from '../../web/formato.ts';
import { fallasDe, leer } from '../../web/leer.ts';
import { idUsuario, tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import { type Campo, leerCatalogo } from './consultas.ts';
import { filaCsv } from './csv.ts';
import * as esquemas from './esquemas.ts';
import { enviarCsv } from './exportar.ts';
import {
  buscarImportacion,
  cancelarImportacion,
  COLA_IMPORTAR,
  csvRechazadas,
  empezarImportacion,
  filasImportadas,
  type Importacion,
  listarImportaciones,
} from './consultas_importar.ts';
import { baseDe } from './paginas.ts';
import { SE_JUNTAN } from './mapeo_csv.ts';
import { fragmento, VISTAS } from './respuestas.ts';
import { recibirCsv } from './subir_csv.ts';

const TITULOS: Record<string, string> = {
  '': 'No importar',
  telefono: 'Teléfono',
  nombre: 'Nombre',
  apellidos: 'Apellidos',
  correo: 'Correo',
  empresa: 'Empresa',
  notas: 'Notas',
  etiquetas: 'Etiquetas (separadas por ;)',
  acepta: 'Acepta envíos (sí / no)',
};

/** Subir un CSV, decir qué es cada columna, ver cómo va y qué pasó con cada fila. */
export function rutasImportar(ctx: Contexto, rutas: Router): void {
  rutas.get('/importar', async (req, res) => {
    const previas = await listarImportaciones(req.nora.bd);
    renderizar(res, `${VISTAS}/importar`, {
      titulo: 'Importar contactos',
      base: baseDe(req),
      aviso: tomarAviso(req),
      previas: previas.map((i) => presentar(i, req.nora.zona_horaria)),
    });
  });

  rutas.get('/importar/ejemplo.csv', async (req, res) => {
    const { campos } = await leerCatalogo(req.nora.bd);
    const lineas = [
      `\ufeff${filaCsv(['Teléfono', 'Nombre', 'Correo', 'Empresa', 'Etiquetas', 'Notas', ...campos.map((c) => c.titulo)])}`,
      filaCsv([
        '6621234567',
        'Ana López',
        'ana@correo.mx',
        'Florería Ana',
        'Cliente; VIP',
        'Prefiere que le escriban por la tarde',
        ...campos.map(() => ''),
      ]),
    ];
    await enviarCsv(
      res,
      'ejemplo_contactos.csv',
      (async function* () {
        yield* lineas;
      })(),
    );
  });

  rutas.post('/importaciones', async (req, res) => {
    const id = await recibirCsv(ctx, req, idUsuario(req));
    const ruta = `${baseDe(req)}/importaciones/${id}`;
    if (prefiereJson(req)) res.status(201).json({ id, ruta });
    else res.redirect(303, ruta);
  });

  rutas.get('/importaciones/:id', async (req, res) => {
    const imp = await obtener(req.nora.bd, req.params);
    if (esFragmento(req))
      return fragmento(res, '_avance', {
        base: baseDe(req),
        imp: presentar(imp, req.nora.zona_horaria),
        ...(await resultados(req.nora.bd, imp)),
      });
    await pintarImportacion(req, res, imp);
  });

  rutas.post('/importaciones/:id/inicio', async (req, res) => {
    const imp = await obtener(req.nora.bd, req.params);
    const { campos } = await leerCatalogo(req.nora.bd);
    const leido = esquemas.cuerpoInicio.safeParse(req.body ?? {});
    if (!leido.success) return pintarImportacion(req, res, imp, fallasDe(leido.error));
    const { columna, modo, etiqueta } = leido.data;
    const validos = new Set(destinosDe(campos).map((d) => d.valor));
    const mapeo = imp.columnas.nombres.map((_, i) =>
      validos.has(columna[i] ?? '') ? (columna[i] ?? '') : '',
    );
    if (!mapeo.includes('telefono'))
      return pintarImportacion(req, res, imp, {
        columna: 'Di cuál columna es el teléfono: sin él no se puede reconocer a nadie.',
      });
    const repetido = mapeo.find((d, i) => d && !SE_JUNTAN.has(d) && mapeo.indexOf(d) !== i);
    if (repetido)
      return pintarImportacion(req, res, imp, {
        columna: `Dos columnas van a «${tituloDe(repetido, campos)}». Deja sólo una.`,
      });
    await empezarImportacion(
      ctx,
      req,
      imp.id,
      mapeo,
      { modo, etiqueta, encabezado: imp.columnas.encabezado },
      idUsuario(req),
    );
    res.redirect(303, `${baseDe(req)}/importaciones/${imp.id}`);
  });

  // Si el servidor se apagó a media importación, esto la vuelve a encargar; sigue donde iba.
  rutas.post('/importaciones/:id/reanudacion', async (req, res) => {
    const imp = await obtener(req.nora.bd, req.params);
    if (imp.estado === 'en_fila' || imp.estado === 'procesando')
      await ctx.trabajos.encolar(COLA_IMPORTAR, { nombre_nora: req.nora.nombre_nora, id: imp.id });
    res.redirect(303, `${baseDe(req)}/importaciones/${imp.id}`);
  });

  rutas.get('/importaciones/:id/rechazadas.csv', async (req, res) => {
    const imp = await obtener(req.nora.bd, req.params);
    await enviarCsv(
      res,
      `rechazadas_${imp.archivo.replace(/\.csv$/i, '')}.csv`,
      csvRechazadas(req.nora.bd, imp),
    );
  });

  rutas.delete('/importaciones/:id', async (req, res) => {
    const imp = await obtener(req.nora.bd, req.params);
    await cancelarImportacion(ctx, req.nora.bd, imp.id);
    req.session.aviso = {
      tipo: 'bien',
      texto:
        imp.procesadas > 0
          ? `Importación detenida. Lo ya guardado (${fechas.cuantos(imp.procesadas, 'fila', 'filas')}) se queda.`
          : 'Importación descartada: no se guardó nada.',
    };
    res.redirect(303, `${baseDe(req)}/importar`);
  });
}

/** La página de una importación; con errores, con lo que se acaba de elegir y qué está mal. */
async function pintarImportacion(
  req: Request,
  res: Response,
  imp: Importacion,
  errores: Record<string, string> = {},
): Promise<void> {
  const mal = Object.keys(errores).length > 0;
  if (mal && prefiereJson(req))
    throw new ErrorApp(422, 'datos_invalidos', Object.values(errores)[0] ?? '', { campos: errores });
  const escrito = (mal ? (req.body ?? {}) : {}) as { columna?: unknown; modo?: unknown; etiqueta?: unknown };
  const elegidas = escrito.columna === undefined ? imp.mapeo : [escrito.columna].flat();
  const { campos } = await leerCatalogo(req.nora.bd);
  renderizar(
    res,
    `${VISTAS}/importacion`,
    {
      titulo: imp.archivo,
      base: baseDe(req),
      aviso: tomarAviso(req),
      imp: presentar(imp, req.nora.zona_horaria),
      destinos: destinosDe(campos),
      modo: typeof escrito.modo === 'string' ? escrito.modo : 'actualizar',
      etiqueta: typeof escrito.etiqueta === 'string' ? escrito.etiqueta : '',
      errores,
      columnas: imp.columnas.nombres.map((nombre, i) => ({
        nombre,
        destino: typeof elegidas[i] === 'string' ? elegidas[i] : '',
        ejemplos: imp.muestra
          .map((f) => f[i] ?? '')
          .filter((c) => c !== '')
          .slice(0, 3),
      })),
      ...(await resultados(req.nora.bd, imp)),
    },
    { estado: mal ? 422 : 200 },
  );
}

async function obtener(
  bd: Parameters<typeof buscarImportacion>[0],
  parametros: unknown,
): Promise<Importacion> {
  const imp = await buscarImportacion(bd, leer(esquemas.parametrosId, parametros).id);
  if (!imp) throw noEncontrado('Esa importación no está.');
  return imp;
}

async function resultados(bd: Parameters<typeof buscarImportacion>[0], imp: Importacion) {
  if (imp.estado === 'lista' || imp.rechazadas === 0) return { rechazos: [] };
  const filas = await filasImportadas(bd, imp.id, 'rechazada', 0, 50);
  return {
    rechazos: filas.map((f) => ({
      linea: f.linea,
      motivo: f.motivo ?? '',
      celdas: (f.celdas ?? [])
        .filter((c) => c !== '')
        .slice(0, 4)
        .join(' · '),
    })),
  };
}

function tituloDe(destino: string, campos: readonly Campo[]): string {
  return destinosDe(campos).find((d) => d.valor === destino)?.texto ?? destino;
}

function destinosDe(campos: readonly Campo[]): { valor: string; texto: string }[] {
  return [
    ...esquemas.DESTINOS.map((d) => ({ valor: d as string, texto: TITULOS[d] ?? d })),
    ...campos.map((c) => ({ valor: `dato.${c.clave}`, texto: c.titulo })),
  ];
}

const ESTADOS: Record<Importacion['estado'], string> = {
  lista: 'Falta confirmar',
  en_fila: 'En fila',
  procesando: 'Importando',
  terminada: 'Terminada',
  fallida: 'No se pudo terminar',
  cancelada: 'Cancelada',
};

function presentar(i: Importacion, zona: string) {
  const segundos =
    i.empezado && i.terminado
      ? Math.max(1, Math.round((Date.parse(i.terminado) - Date.parse(i.empezado)) / 1000))
      : 0;
  return {
    id: i.id,
    archivo: i.archivo,
    estado: i.estado,
    estadoTexto: ESTADOS[i.estado],
    enCurso: i.estado === 'en_fila' || i.estado === 'procesando',
    total: i.total,
    procesadas: i.procesadas,
    porciento: Math.floor((100 * i.procesadas) / Math.max(1, i.total)),
    creadas: i.creadas,
    actualizadas: i.actualizadas,
    iguales: i.iguales,
    rechazadas: i.rechazadas,
    error: i.error ?? '',
    cuando: fechas.hace(i.creado, new Date(), zona),
    peso:
      i.bytes < 1_048_576
        ? `${Math.max(1, Math.round(i.bytes / 1024))} kB`
        : `${(i.bytes / 1_048_576).toFixed(1)} MB`,
    tardo: segundos,
    codificacion: i.codificacion,
  };
}
