// What stands in the place of a screen that failed, and of one that does not exist.
import { useEffect, type ReactElement } from 'react';
import { Link, useLocation, useRouteError } from 'react-router';
import { Button } from '../../parts/button.part.tsx';
import { Page, Row } from '../../parts/layout.part.tsx';
import { EmptyState, Notice } from '../../parts/notice.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { frameTexts } from './frame.texts.ts';
import { RESCUE } from './rescue-address.ts';

/** Says what to do; the words of the error hold no data of a patient (messages never do). */
export function Failure({ error, onAgain }: { readonly error: unknown; readonly onAgain: () => void }): ReactElement {
  const t = useTexts(frameTexts);
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (
    <Page title={t('broken')}>
      <Notice tone="danger" told="now">
        <p>{t('brokenText')}</p>
        <p>
          <code dir="ltr">{said}</code>
        </p>
      </Notice>
      <Row>
        <Button look="primary" icon="sync" onClick={onAgain}>
          {t('again')}
        </Button>
        <Link to="/">{t('home')}</Link>
        <a href={RESCUE}>{t('rescue')}</a>
      </Row>
    </Page>
  );
}

/** As the error element of a route. The same address is opened anew by the whole page: what broke is built again from the disk. */
export function FailedRoute(): ReactElement {
  const error = useRouteError();
  useEffect(() => console.error(error), [error]);
  return <Failure error={error} onAgain={() => location.reload()} />;
}

export function NotFound(): ReactElement {
  const t = useTexts(frameTexts);
  const { pathname } = useLocation();
  return (
    <Page title={t('notFound')}>
      <EmptyState title={pathname} icon="question" actions={<Link to="/">{t('home')}</Link>}>
        {t('notFoundText')}
      </EmptyState>
    </Page>
  );
}
