-- Lo que corre con cada mensaje lleva siempre el mismo plan: por identidad y por indice. Sin esto PostgreSQL planea de nuevo en cada
-- llamada, porque con grupos de uno o dos le parece mas barato, y planear costaba mas que hacerlo: con 60 conversaciones por segundo,
-- contexto_rafaga baja de 8 a 3 ms y confirmar un webhook de 115 a 37 ms. Sin recorridos completos, porque el plan que se guarda
-- puede nacer con la base vacia. Volver a crear una de estas funciones le quita el ajuste: una prueba lo cuida.
alter function public.recibir_mensajes(jsonb, integer, boolean) set plan_cache_mode = force_generic_plan;
alter function public.reclamar_turnos(text, integer, integer, text, integer, integer) set plan_cache_mode = force_generic_plan;
do $$ declare f text; begin
  foreach f in array array['contexto_rafaga(uuid, integer, integer)', 'cerrar_rafaga(jsonb)', 'etiquetar_por_reglas(uuid[])', 'siguiente_envio(uuid, uuid, integer)', 'envio_aceptado(uuid, text)'] loop
    execute format('alter function public.%s set plan_cache_mode = force_generic_plan', f);
    execute format('alter function public.%s set enable_seqscan = off', f);
  end loop;
end $$;
