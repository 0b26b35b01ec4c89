import type { Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { formatearTelefono } from '../../mensajes/telefono.ts';
import { leer } from '../../web/leer.ts';
import { idUsuario, tomarAviso } from '../../web/pagina.ts';
import { renderizar } from '../../web/vistas.ts';
import * as consultas from './consultas.ts';
import * as fichas from './consultas_ficha.ts';
import * as esquemas from './esquemas.ts';
import { avisarCambio, baseDe, entornoDe } from './paginas.ts';
import { presentarDuplicados, presentarFicha, presentarFila, RAZONES } from './presentar.ts';
import { fragmento, VISTAS } from './respuestas.ts';

/** Fichas que parecen la misma persona: verlas, descartarlas, unirlas y separarlas. */
export function rutasUnion(ctx: Contexto, rutas: Router): void {
  rutas.get('/duplicados', async (req, res) => {
    const [parejas, catalogo] = await Promise.all([
      fichas.listarDuplicados(req.nora.bd),
      consultas.leerCatalogo(req.nora.bd),
    ]);
    const e = entornoDe(req, catalogo);
    renderizar(res, `${VISTAS}/duplicados`, {
      titulo: 'Posibles repetidos',
      base: e.base,
      aviso: tomarAviso(req),
      parejas: parejas.map((p) => ({
        razon: RAZONES[p.razon] ?? '',
        a: presentarFila(p.a, e),
        b: presentarFila(p.b, e),
      })),
    });
  });

  rutas.post('/duplicados', async (req, res) => {
    const { a, b } = leer(esquemas.cuerpoDescarte, req.body);
    if (!(await fichas.descartarDuplicado(req.nora.bd, a, b, idUsuario(req))))
      throw noEncontrado('Una de las dos fichas ya no está.');
    req.session.aviso = { tipo: 'bien', texto: 'Anotado: no son la misma persona.' };
    res.redirect(303, `${baseDe(req)}/duplicados`);
  });

  rutas.get('/:contacto/repetidos', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const lista = await fichas.duplicadosDe(req.nora.bd, contacto);
    if (!lista) throw noEncontrado('Ese contacto no existe.');
    const e = entornoDe(req);
    fragmento(res, '_repetidos', {
      base: e.base,
      contacto: { id: contacto },
      duplicados: presentarDuplicados(lista, e),
    });
  });

  rutas.get('/:contacto/union', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { con, q } = leer(esquemas.consultaUnir, req.query);
    const [destino, origen] = await Promise.all([
      fichas.abrirContacto(req.nora.bd, contacto),
      con ? fichas.abrirContacto(req.nora.bd, con) : null,
    ]);
    if (!destino || (con && !origen) || con === contacto) throw noEncontrado('Ese contacto no existe.');
    const e = entornoDe(req, destino);
    const parecidos = con || q ? [] : ((await fichas.duplicadosDe(req.nora.bd, contacto)) ?? []);
    const hallados = q ? await consultas.listarContactos(req.nora.bd, { q }, { n: 10 }) : null;
    renderizar(res, `${VISTAS}/unir`, {
      titulo: 'Unir fichas',
      base: e.base,
      q,
      destino: presentarFicha(destino, e),
      duplicados: presentarDuplicados(parecidos, e),
      origen: origen && presentarFicha(origen, e),
      opciones: origen ? opcionesDeUnion(destino, origen) : [],
      hallados: hallados?.filas.filter((f) => f.id !== contacto).map((f) => presentarFila(f, e)) ?? null,
    });
  });

  rutas.post('/:contacto/union', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { con, ...elegidos } = leer(esquemas.cuerpoUnion, req.body);
    const hecho = await fichas.unirContactos(req.nora.bd, contacto, con, elegidos, idUsuario(req));
    if (!hecho) throw noEncontrado('Una de las dos fichas ya no está.');
    if (hecho.r === 'misma') throw new ErrorApp(422, 'misma', 'Son la misma ficha: elige otra.');
    ctx.bd.avisar('atenciones');
    avisarCambio(ctx, req, contacto);
    avisarCambio(ctx, req, con);
    req.session.aviso = {
      tipo: 'bien',
      texto: 'Las dos fichas ya son una. Puedes deshacerlo cuando quieras desde aquí.',
    };
    res.redirect(303, `${baseDe(req)}/${contacto}`);
  });

  rutas.delete('/:contacto/uniones/:union', async (req, res) => {
    const { contacto, union } = leer(esquemas.parametrosUnion, req.params);
    const hecho = await fichas.deshacerUnion(req.nora.bd, union, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa unión ya no está.');
    const impedimento = IMPEDIMENTOS[hecho.r];
    if (impedimento) throw new ErrorApp(409, hecho.r, impedimento);
    ctx.bd.avisar('atenciones');
    avisarCambio(ctx, req, contacto);
    req.session.aviso = { tipo: 'bien', texto: 'Las fichas volvieron a ser dos, cada una con lo suyo.' };
    res.redirect(303, `${baseDe(req)}/${contacto}`);
  });
}

const IMPEDIMENTOS: Record<string, string> = {
  ya: 'Esa unión ya se había deshecho.',
  no_esta: 'La ficha que quedó de la unión ya se borró. Recupérala primero.',
  antes_otra: 'Después de esa unión hubo otra con la misma ficha: deshaz primero la más reciente.',
  telefono_ocupado: 'Otra ficha tiene ahora el teléfono de la persona que se separaría. Cámbialo primero.',
};

function opcionesDeUnion(d: fichas.FichaContacto, o: fichas.FichaContacto) {
  const campos = [
    ['nombre', 'Nombre'],
    ['telefono', 'Teléfono principal'],
    ['correo', 'Correo'],
    ['empresa', 'Empresa'],
  ] as const;
  return campos
    .map(([clave, titulo]) => ({
      clave,
      titulo,
      destino: d.contacto[clave] ?? '',
      origen: o.contacto[clave] ?? '',
    }))
    .filter((c) => c.destino !== '' && c.origen !== '' && c.destino !== c.origen)
    .map((c) =>
      c.clave === 'telefono'
        ? { ...c, destino: formatearTelefono(c.destino), origen: formatearTelefono(c.origen) }
        : c,
    );
}
